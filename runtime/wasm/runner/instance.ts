import type { GuestInstance, HookCalls } from "../abi/guest-instance.ts";
import type { BodyPiece, GuestExchange } from "../exchange.ts";
import { NO_BODY } from "../host/body.ts";
import type { HookContext } from "../host/context.ts";
import type { RunHook } from "./runner.ts";

/** A guest that was started, and the hook that it runs as its host functions see it. */
export interface Instance {
  readonly guest: GuestInstance;
  readonly context: HookContext;
  /** Bytes of its memory once it was configured. */
  readonly startSize: number;
}

/** Calls a hook; the answer is the guest's number for its verdict. */
export function callHook<Answer>(
  hooks: HookCalls<Answer>,
  hook: Exclude<RunHook, "on-log">,
  { id }: GuestExchange,
  piece: BodyPiece | undefined,
): Answer {
  if (hook === "on-request") return hooks.onRequest(id);
  if (hook === "on-response") return hooks.onResponse(id);
  if (hook === "on-tick") return hooks.onTick();
  const { bytes, end } = piece ?? NO_BODY;
  return hook === "on-request-body"
    ? hooks.onRequestBody(id, bytes.length, end)
    : hooks.onResponseBody(id, bytes.length, end);
}
