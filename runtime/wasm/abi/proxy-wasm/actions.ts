import { NEXT, RESPOND, type Verdict } from "../../verdict.ts";
import type { Flow, StreamContext } from "./contexts.ts";

/** What a callback was about. */
export type Part = "head" | "body" | "trailers";

/** `FilterHeadersStatus` and `FilterDataStatus` of the SDKs; proxy-wasm itself knows 0 and 1. */
const CONTINUE = 0;
const STOP_ITERATION = 1;
const CONTINUE_AND_END_STREAM = 2;
const NO_BUFFER = 3;

/** What a callback has decided, with what it asked for while it ran: an answer, or to go on after all. */
export function conclude(stream: StreamContext, flow: Flow, part: Part, action: number): Verdict {
  const { reply } = stream;
  if (reply !== undefined) {
    stream.reply = undefined;
    stream.exchange.localResponse = reply;
    flow.pass();
    return RESPOND;
  }
  if (flow.resumed || goesOn(part, action)) {
    flow.pass();
    return NEXT;
  }
  const waiting = flow.wait();
  if (part === "head" && bodyComesFirst(stream, flow, action)) return { kind: "hold", whole: false, ...waiting };
  if (part !== "body") return { kind: "wait", ...waiting };
  return action < NO_BUFFER ? { kind: "hold", whole: false, ...waiting } : { kind: "drop", ...waiting };
}

function goesOn(part: Part, action: number): boolean {
  return action === CONTINUE || (part === "head" && action === CONTINUE_AND_END_STREAM);
}

/** The filter decides about the head while it reads the body. */
function bodyComesFirst(stream: StreamContext, flow: Flow, action: number): boolean {
  const { host, exports } = stream.vm;
  if (action !== STOP_ITERATION || host.options.allowOnHeadersStopIteration !== true) return false;
  const { request, response } = stream.exchange;
  return flow === stream.request
    ? request.hasBody && exports.proxy_on_request_body !== undefined
    : response.hasBody && exports.proxy_on_response_body !== undefined;
}
