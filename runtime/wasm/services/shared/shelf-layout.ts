import { randomInt } from "node:crypto";

/**
 * The store of one plugin in memory that threads share, under one lock: a hash index, entries that are linked in the
 * order in which they were written, and blocks that hold the keys and values of entries as chains.
 */
export interface ShelfLayout {
  readonly words: Int32Array;
  /** When each entry expires, in milliseconds; Infinity for never. */
  readonly expires: Float64Array;
  readonly bytes: Uint8Array;
  readonly secret: readonly [number, number];
  readonly slots: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Index into `words` of the first slot, the first entry, and the first block. */
  readonly index: number;
  readonly entries: number;
  readonly blocks: number;
}

/** Header words. */
export const LOCK = 0;
/** 1 while a section runs: found so by the next one, the section before it never ended. */
export const DIRTY = 1;
export const COUNT = 2;
export const BYTES = 3;
export const LAST_VERSION = 4;
/** Entries and blocks are numbered from 1; 0 is none. */
export const OLDEST = 5;
export const NEWEST = 6;
export const FREE_ENTRY = 7;
export const FREE_BLOCK = 8;
/** How many were ever used: memory behind them was never touched. */
export const USED_ENTRIES = 9;
export const USED_BLOCKS = 10;
const MAX_ENTRIES = 11;
const MAX_BYTES = 12;
const SECRET = 13;
const HEADER = 16;

/** Words of an entry. */
export const LOW = 0;
export const HIGH = 1;
/** The next entry of the same slot, or the next free one. */
export const CHAIN = 2;
export const OLDER = 3;
export const NEWER = 4;
export const VERSION = 5;
/** In bytes: two per character. */
export const KEY_SIZE = 6;
export const VALUE_SIZE = 7;
export const FIRST_BLOCK = 8;
export const ENTRY_WORDS = 10;

/** A block is the number of the next one, and data. */
export const BLOCK_WORDS = 16;
export const BLOCK_DATA = (BLOCK_WORDS - 1) * 4;

export interface ShelfLimits {
  readonly maxEntries: number;
  /** Of keys and values. */
  readonly maxBytes: number;
}

/** Memory of about twice `maxBytes`, which is touched only as it is used. */
export function allocateShelf({ maxEntries, maxBytes }: ShelfLimits): SharedArrayBuffer {
  const { end } = place(maxEntries, maxBytes);
  const buffer = new SharedArrayBuffer(end);
  const words = new Int32Array(buffer);
  words[MAX_ENTRIES] = maxEntries;
  words[MAX_BYTES] = maxBytes;
  words[SECRET] = randomInt(2 ** 32);
  words[SECRET + 1] = randomInt(2 ** 32);
  return buffer;
}

export function openShelf(buffer: SharedArrayBuffer): ShelfLayout {
  const words = new Int32Array(buffer);
  const [maxEntries, maxBytes] = [words[MAX_ENTRIES] as number, words[MAX_BYTES] as number];
  const { slots, times, index, entries, blocks } = place(maxEntries, maxBytes);
  return {
    words,
    expires: new Float64Array(buffer, times, maxEntries),
    bytes: new Uint8Array(buffer),
    secret: [words[SECRET] as number, words[SECRET + 1] as number],
    ...{ slots, maxEntries, maxBytes, index, entries, blocks },
  };
}

/** Every entry may waste most of its last block. */
function place(maxEntries: number, maxBytes: number) {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(16, maxEntries)));
  const times = HEADER * 4;
  const index = HEADER + maxEntries * 2;
  const entries = index + slots;
  const blocks = entries + maxEntries * ENTRY_WORDS;
  const end = (blocks + (Math.ceil(maxBytes / BLOCK_DATA) + maxEntries + 1) * BLOCK_WORDS) * 4;
  return { slots, times, index, entries, blocks, end };
}

/** Empties the shelf. Versions go on, so that no reader of before can compare successfully. */
export function resetShelf({ words, index, slots }: ShelfLayout): void {
  words.fill(0, index, index + slots);
  for (const word of [COUNT, BYTES, OLDEST, NEWEST, FREE_ENTRY, FREE_BLOCK, USED_ENTRIES, USED_BLOCKS]) words[word] = 0;
}
