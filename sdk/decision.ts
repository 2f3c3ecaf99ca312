/**
 * What `quota.take` decided.
 *
 * @example
 * ```ts
 * const decision: Decision = quota.take("tenant-a", 100, 60000, 20);
 * if (!decision.allowed) log.info("again in " + decision.retryAfterMs.toString() + " ms");
 * ```
 */
export class Decision {
  constructor(
    readonly allowed: bool,
    /** Whole tokens left after this call. */
    readonly remaining: u32,
    /** Until a call of the same cost can succeed; 0 when allowed. */
    readonly retryAfterMs: u32,
    /** Until the bucket is full again. */
    readonly resetAfterMs: u32,
  ) {}
}
