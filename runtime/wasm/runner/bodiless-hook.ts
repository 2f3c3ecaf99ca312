import type { GuestExchange } from "../exchange.ts";
import { BODY_HOOK } from "../host/context.ts";
import type { BodyHook, Verdict } from "../verdict.ts";
import type { RunHook } from "./runner.ts";

/** The hook that runs at once, without bytes, where a head was held for a body that the message does not have. */
export function bodilessHook(verdict: Verdict, hook: RunHook, exchange: GuestExchange): BodyHook | undefined {
  if (verdict.kind !== "hold" || !verdict.whole) return undefined;
  if (hook === "on-request") return exchange.request.hasBody ? undefined : BODY_HOOK[hook];
  if (hook === "on-response") return exchange.response.hasBody ? undefined : BODY_HOOK[hook];
  return undefined;
}
