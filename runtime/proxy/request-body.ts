import type { BodySink, BodySource, Exchange } from "../http/exchange.ts";
import type { Chain } from "./chain.ts";
import type { Recorder } from "./recording/recorder.ts";

/** The body of an exchange's request, as it comes from the client. */
class RequestBody implements BodySource {
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

/** The body of a request, which a recorder may look at. */
export function requestSource(exchange: Exchange, recorder: Recorder | undefined): BodySource {
  const body = new RequestBody(exchange);
  return recorder === undefined ? body : recorder.requestBody(exchange, body);
}

/** Where the body that a backend is sent comes from, or the bytes of the tunnel that the request asks for. */
export function bodyToSend(
  exchange: Exchange,
  chain: Chain | undefined,
  recorder: Recorder | undefined,
): (() => BodySource) | undefined {
  const { request } = exchange;
  const pipe = chain?.requestBody(exchange);
  if (pipe !== undefined && (request.hasBody || pipe.whole)) {
    pipe.fit(request.fields);
    return () => pipe;
  }
  return request.hasBody || request.upgrade !== undefined ? () => requestSource(exchange, recorder) : undefined;
}
