import type { GuestInstance } from "../abi/guest-instance.ts";
import type { GuestExchange } from "../exchange.ts";
import type { HookContext } from "../host/context.ts";
import type { RunHook } from "./runner.ts";

/** A guest that was started, and the hook that it runs as its host functions see it. */
export interface Instance {
  readonly guest: GuestInstance;
  readonly context: HookContext;
}

/** Runs the hook that the context is about. The answer is the guest's number for its verdict; 0 where it gives none. */
export function callHook({ guest, context }: Instance, hook: RunHook, { id }: GuestExchange): number {
  if (hook === "on-request") return guest.onRequest(id);
  if (hook === "on-response") return guest.onResponse(id);
  if (hook === "on-log") {
    guest.onLog(id);
    return 0;
  }
  const size = context.piece?.bytes.length ?? 0;
  const end = context.piece?.end ?? true;
  return hook === "on-request-body" ? guest.onRequestBody(id, size, end) : guest.onResponseBody(id, size, end);
}
