import type { RecordedBody, RecordedCall } from "../../telemetry/recorded-exchange.ts";
import { REDACTED } from "../../telemetry/redact.ts";
import type { FakeAnswer, FakeCall } from "../fake-calls.ts";

/** Answers calls of a filter as they were answered when the exchange was recorded. */
export interface RecordedAnswers {
  /** Those of one exchange from now on. */
  begin(calls: readonly RecordedCall[]): void;
  /** Each recorded call answers once, the first that is like it; a call that was not recorded finds nobody. */
  answer(call: FakeCall): FakeAnswer;
  /** Calls since `begin` that the recording could not answer as they were. */
  readonly unanswered: number;
}

export function createRecordedAnswers(): RecordedAnswers {
  let left: RecordedCall[] = [];
  let unanswered = 0;
  return {
    get unanswered() {
      return unanswered;
    },
    begin(calls) {
      left = [...calls];
      unanswered = 0;
    },
    answer(call) {
      const at = left.findIndex((one) => isLike(one, call));
      const [found] = at < 0 ? [] : left.splice(at, 1);
      if (found === undefined || isLost(found.body)) unanswered += 1;
      if (found === undefined) return { error: "unreachable" };
      if (found.error !== undefined) return { error: found.error };
      const { status = 200, headers = [], body } = found;
      return { status, headers, body: bytesOf(body) ?? "" };
    },
  };
}

/** The bytes of a body, as far as the recording has them. */
export function bytesOf(body: RecordedBody | undefined): string | Buffer | undefined {
  return body?.base64 === undefined ? body?.text : Buffer.from(body.base64, "base64");
}

/** Whether there was a body that is not in the recording. */
export function isLost(body: RecordedBody | undefined): boolean {
  return body !== undefined && body.bytes > 0 && bytesOf(body) === undefined;
}

function isLike({ backend, method, target }: RecordedCall, call: FakeCall): boolean {
  return backend === call.backend && method === call.method && isLikeTarget(target, call.target);
}

/** What was redacted may have been anything, within its part of the path or the query. */
function isLikeTarget(recorded: string, target: string): boolean {
  if (!recorded.includes(REDACTED)) return recorded === target;
  const [path = "", query] = halves(recorded);
  const [askedPath = "", asked] = halves(target);
  if ((query === undefined) !== (asked === undefined)) return false;
  return matches(path.split("/"), askedPath.split("/")) && matches((query ?? "").split("&"), (asked ?? "").split("&"));
}

function halves(target: string): string[] {
  const at = target.indexOf("?");
  return at < 0 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}

function matches(recorded: readonly string[], asked: readonly string[]): boolean {
  return recorded.length === asked.length && recorded.every((part, at) => isLikePart(part, asked[at] ?? ""));
}

function isLikePart(recorded: string, asked: string): boolean {
  const at = recorded.indexOf(REDACTED);
  if (at < 0) return recorded === asked;
  const rest = recorded.slice(recorded.lastIndexOf(REDACTED) + REDACTED.length);
  return asked.length >= at + rest.length && asked.startsWith(recorded.slice(0, at)) && asked.endsWith(rest);
}
