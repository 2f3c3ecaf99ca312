import type { Hook } from "../../verdict.ts";
import type { HookCalls } from "../guest-instance.ts";
import type { GuestMemory } from "../memory.ts";
import { suspendable } from "./suspendable.ts";

/** The hooks of a guest that may sleep in them. @param hookOf the guest's own function */
export function sleepingHooks(
  guest: GuestMemory,
  hookOf: (name: Hook) => unknown,
): HookCalls<number | Promise<number>> {
  const onRequest = suspendable(guest, hookOf("on-request"), 1);
  const onRequestBody = suspendable(guest, hookOf("on-request-body"), 3);
  const onResponse = suspendable(guest, hookOf("on-response"), 1);
  const onResponseBody = suspendable(guest, hookOf("on-response-body"), 3);
  const onTick = suspendable(guest, hookOf("on-tick"), 0, false);
  return {
    onRequest,
    onRequestBody: (exchange, size, end) => onRequestBody(exchange, size, end ? 1 : 0),
    onResponse,
    onResponseBody: (exchange, size, end) => onResponseBody(exchange, size, end ? 1 : 0),
    onTick,
  };
}
