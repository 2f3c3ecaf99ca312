/** What host functions cost in fuel beyond their call, where that is much: about what they take of a processor's time. */
const WEIGHTS: Readonly<Record<string, number>> = {
  "crypto.verify": 100_000,
  "crypto.hmac": 4_000,
  "crypto.digest": 2_000,
  "crypto.random": 2_000,
  "store.set": 1_000,
  "store.compare-and-set": 1_000,
  "quota.take": 500,
  "log.write": 1_000,
};

/** @param fn as the contract writes it */
export function weightOf(capability: string, fn: string): number {
  return WEIGHTS[`${capability}.${fn}`] ?? 0;
}
