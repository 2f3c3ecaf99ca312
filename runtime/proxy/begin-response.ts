import { deliver, fitBody, mayHaveContent } from "./deliver.ts";
import type { Replying } from "./own-reply.ts";
import { ResponseSink } from "./pipeline/response-sink.ts";
import { emptyReply } from "./reply.ts";

/** The head of the backend's response goes out; its body follows. @param status the backend's, before filters saw it */
export function beginResponse(to: Replying, status: number): void {
  const { exchange } = to;
  const { request, response } = exchange;
  const pipe = to.chain?.responseBody(exchange);
  to.pipe = pipe;
  if (mayHaveContent(request.method, response.status)) pipe?.fit(response.fields);
  exchange.begin(fitBody(request.method, status, response));
  pipe?.flow(new ResponseSink(exchange));
}

/** The bytes of both directions go on for as long as the two ends like. */
export function openTunnel(to: Replying): void {
  const { exchange, forward } = to;
  if (exchange.response.status !== 101) {
    // A filter said something else: no tunnel, and no body that could follow.
    forward?.abort();
    to.chain?.close("response");
    to.pipe = undefined;
    deliver(exchange, emptyReply(exchange.response.status));
    return;
  }
  forward?.forgetTimeout();
  exchange.begin(true);
  to.pipe?.flow(new ResponseSink(exchange));
}
