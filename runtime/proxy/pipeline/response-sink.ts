import type { BodySink, Exchange } from "../../http/exchange.ts";
import type { FieldList } from "../../http/fields.ts";

/** The body of a response on its way to the client. */
export class ResponseSink implements BodySink {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  write(chunk: Uint8Array): boolean {
    return this.#exchange.write(chunk);
  }

  end(trailers: FieldList | undefined): void {
    this.#exchange.end(trailers);
  }

  fail(): void {
    this.#exchange.abort();
  }
}
