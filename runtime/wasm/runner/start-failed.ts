import { messageOf } from "../../errors.ts";
import type { Verdict } from "../verdict.ts";

/** The fault of a hook for which no instance could be started. */
export function startFailed(thrown: unknown): Extract<Verdict, { kind: "fault" }> {
  return { kind: "fault", code: "START_FAILED", detail: messageOf(thrown) };
}
