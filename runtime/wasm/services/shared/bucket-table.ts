import { randomInt } from "node:crypto";

/**
 * The buckets of one plugin in memory that threads share: a hash table of sets with eight places each, a lock per set.
 * A place is the 64-bit hash of the bucket's name and its TAT in milliseconds.
 */
export interface BucketTable {
  readonly words: Int32Array;
  readonly times: Float64Array;
  readonly sets: number;
  readonly secret: readonly [number, number];
}

export const PLACES = 8;
/** 32-bit words in front of the locks: number of sets, and the secret of the hash. */
const HEADER = 4;

/** Memory for at least `maxBuckets`, which is touched only as buckets are used. */
export function allocateBuckets(maxBuckets: number): SharedArrayBuffer {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(2, maxBuckets / PLACES)));
  const buffer = new SharedArrayBuffer((HEADER + sets * (1 + 2 * PLACES)) * 4 + sets * PLACES * 8);
  const words = new Int32Array(buffer);
  words[0] = sets;
  words[1] = randomInt(2 ** 32);
  words[2] = randomInt(2 ** 32);
  return buffer;
}

export function openBuckets(buffer: SharedArrayBuffer): BucketTable {
  const words = new Int32Array(buffer);
  const sets = words[0] as number;
  const times = new Float64Array(buffer, (HEADER + sets * (1 + 2 * PLACES)) * 4, sets * PLACES);
  return { words, times, sets, secret: [words[1] as number, words[2] as number] };
}

/** Index of a set's lock. */
export function lockOf(set: number): number {
  return HEADER + set;
}

/** Index of the first half of the hash of a set's first place; two words per place. */
export function hashesOf({ sets }: BucketTable, set: number): number {
  return HEADER + sets + set * 2 * PLACES;
}
