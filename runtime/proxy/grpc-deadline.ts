import { fieldList } from "../http/fields.ts";
import { FLAGS } from "./flags.ts";
import { crash, type Replying, sendReply } from "./own-reply.ts";
import { type Reply, refusal } from "./reply.ts";

/** gRPC, "Status codes". */
const DEADLINE_EXCEEDED = 4;

/** What a gRPC client hears whose own deadline has passed. @param timeout milliseconds, as it said */
export function deadlineReply(timeout: number): Reply {
  return { ...refusal("UT", `the client's deadline of ${timeout} ms passed`), grpcStatus: DEADLINE_EXCEEDED };
}

/** Ends an exchange at its client's deadline: by a status where the response has not begun, by trailers behind what has come of it. */
export function endAtDeadline(to: Replying, timeout: number): void {
  const { exchange, outcome } = to;
  const reply = deadlineReply(timeout);
  try {
    if (exchange.state === "open") {
      sendReply(to, reply);
      return;
    }
    outcome.note("UT", reply.detail);
    to.chain?.close("request");
    to.chain?.close("response");
    to.pipe = undefined;
    exchange.discardBody();
    // A body whose length was told cannot end early in good order.
    if (exchange.response.fields.has("content-length")) exchange.abort();
    else exchange.end(fieldList(["grpc-status", String(DEADLINE_EXCEEDED), "grpc-message", FLAGS.UT.words]));
  } catch (error) {
    crash(to, error);
  }
}
