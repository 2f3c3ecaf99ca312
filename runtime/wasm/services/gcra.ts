import type { QuotaDecision, QuotaRequest } from "./quota.ts";

/** A decision with what the bucket owes after it, in milliseconds. */
export interface Settled extends QuotaDecision {
  readonly debt: number;
}

/** Milliseconds; sums of a fraction such as 1000/3 must not lose the last token of a burst. */
const TOLERANCE = 1e-6;
const MAX_U32 = 0xffff_ffff;

const NOTHING: Settled = Object.freeze({
  allowed: false,
  remaining: 0,
  retryAfterMs: MAX_U32,
  resetAfterMs: 0,
  debt: 0,
});

/**
 * The generic cell rate algorithm (ITU-T I.371): a bucket is one number, the theoretical arrival time (TAT) at which it
 * is full again. `TAT - now` is the debt; a call is allowed when debt plus its own cost stays within the burst.
 * @param owed `TAT - now` as it is kept: below zero where the bucket is full already
 */
export function settle({ limit, periodMs, burst, cost }: QuotaRequest, owed: number): Settled {
  if (limit === 0 || periodMs === 0 || burst === 0) return NOTHING;
  const interval = periodMs / limit;
  const capacity = interval * burst;
  const before = Math.min(capacity, Math.max(0, owed));
  const next = before + interval * cost;
  const allowed = next <= capacity + TOLERANCE;
  const debt = allowed ? next : before;
  return {
    allowed,
    remaining: Math.max(0, Math.floor((capacity - debt) / interval + TOLERANCE)),
    retryAfterMs: allowed ? 0 : cost <= burst ? bounded(next - capacity) : MAX_U32,
    resetAfterMs: bounded(debt),
    debt,
  };
}

function bounded(milliseconds: number): number {
  return Math.min(MAX_U32, Math.max(0, Math.ceil(milliseconds - TOLERANCE)));
}
