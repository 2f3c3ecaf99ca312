import type { CallFailure, CallOutcome, CallResponse } from "../../guest-calls.ts";

const BEFORE_HEADERS = "upstream connect error or disconnect/reset before headers. reset reason:";

/**
 * What filters hear of calls that failed: most that exist wait for a status, since Envoy answers in the backend's place, in
 * these words. Only a response that is too large has none.
 */
const ANSWERS: Readonly<Record<CallFailure["reason"], readonly [status: number, body: string] | undefined>> = {
  timeout: [504, "upstream request timeout"],
  unreachable: [503, `${BEFORE_HEADERS} remote connection failure`],
  broken: [503, `${BEFORE_HEADERS} connection termination`],
  overflow: [503, `${BEFORE_HEADERS} overflow`],
  "unknown-backend": [503, "no healthy upstream"],
  "too-large": undefined,
};

/** The response that a filter is told of, undefined for none. */
export function answerOf(outcome: CallOutcome): CallResponse | undefined {
  if (outcome.kind === "response") return outcome;
  const [status, text] = ANSWERS[outcome.reason] ?? [];
  if (status === undefined || text === undefined) return undefined;
  const headers = [
    ["content-length", String(text.length)],
    ["content-type", "text/plain"],
  ] as const;
  return { kind: "response", status, headers, body: Buffer.from(text), trailers: [] };
}
