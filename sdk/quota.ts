import { Decision } from "./decision";
import * as host from "./host";

/**
 * Token buckets, shared by everything that names the same bucket of the same plugin.
 *
 * @example
 * ```ts
 * import { Action, connection, quota, respond } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   const decision = quota.take(connection.clientAddress(), 100, 60000, 20);
 *   if (decision.allowed) return Action.Next;
 *   const seconds = (decision.retryAfterMs + 999) / 1000;
 *   return respond(429).header("retry-after", seconds.toString()).text("too many requests");
 * }
 * ```
 */
export namespace quota {
  /**
   * Takes `cost` tokens from a bucket that refills `limit` tokens every `periodMs` and holds at most `burst`.
   * A zero limit, period or burst allows nothing.
   */
  export function take(bucket: string, limit: u32, periodMs: u32, burst: u32, cost: u32 = 1): Decision {
    const decision = host.quotaTake(bucket, limit, periodMs, burst, cost);
    return new Decision(decision.allowed, decision.remaining, decision.retryAfterMs, decision.resetAfterMs);
  }
}
