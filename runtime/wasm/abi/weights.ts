/** What a host function costs in fuel beyond its call: about what it takes of a processor's time. */
export interface Weight {
  readonly call: number;
  /** For each byte that it works through. */
  readonly perByte?: number;
  /** Which of the core function's parameters is the number of these bytes. */
  readonly length?: number;
}

const WEIGHTS: Readonly<Record<string, Weight>> = {
  "crypto.verify": { call: 200_000, perByte: 3, length: 8 },
  "crypto.hmac": { call: 8_000, perByte: 3, length: 7 },
  "crypto.digest": { call: 4_000, perByte: 3, length: 2 },
  "crypto.random": { call: 20_000 },
  "crypto.equal": { call: 500 },
  "store.get": { call: 1_000 },
  "store.set": { call: 2_000 },
  "store.compare-and-set": { call: 2_000 },
  "store.delete": { call: 1_000 },
  "quota.take": { call: 1_000 },
  "log.write": { call: 4_000 },
};

/**
 * Of a function in which a guest may sleep: it sends a request. Paid for within the function, since nothing but WebAssembly may
 * stand between it and the guest.
 */
export const SLEEPING_CALL = 40_000;

/** Of a function that costs far more than a call does. @param fn as the contract writes it */
export function weightOf(capability: string, fn: string): Weight | undefined {
  return WEIGHTS[`${capability}.${fn}`];
}
