import type { BodySink, BodySource, Exchange } from "../http/exchange.ts";

/** The body of an exchange's request, as it comes from the client. */
export class RequestBody implements BodySource {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  flow(sink: BodySink): void {
    this.#exchange.readBody(sink);
  }

  resume(): void {
    this.#exchange.resumeBody();
  }

  cancel(): void {
    this.#exchange.discardBody();
  }
}
