import { BLOCK_DATA, BLOCK_WORDS, FREE_BLOCK, type ShelfLayout, USED_BLOCKS } from "./shelf-layout.ts";

/** Writes key and value one behind the other into a chain of blocks; returns the first. There are always enough. */
export function writeChain(shelf: ShelfLayout, key: Uint8Array, value: Uint8Array): number {
  const size = key.length + value.length;
  let first = 0;
  let previous = 0;
  for (let at = 0; at < size; at += BLOCK_DATA) {
    const block = takeBlock(shelf);
    if (previous === 0) first = block;
    else shelf.words[wordOf(shelf, previous)] = block;
    fill(shelf, block, at, key, value);
    previous = block;
  }
  return first;
}

/** Copies `into.length` bytes of a chain from `offset`. */
export function readChain(shelf: ShelfLayout, first: number, offset: number, into: Uint8Array): void {
  let block = first;
  let skip = offset;
  for (; skip >= BLOCK_DATA; skip -= BLOCK_DATA) block = shelf.words[wordOf(shelf, block)] as number;
  for (let at = 0; at < into.length; ) {
    const length = Math.min(BLOCK_DATA - skip, into.length - at);
    const from = dataOf(shelf, block) + skip;
    into.set(shelf.bytes.subarray(from, from + length), at);
    at += length;
    skip = 0;
    block = shelf.words[wordOf(shelf, block)] as number;
  }
}

/** Whether a chain begins with these bytes. */
export function startsWith(shelf: ShelfLayout, first: number, key: Uint8Array): boolean {
  let block = first;
  for (let at = 0; at < key.length; at++) {
    if (at > 0 && at % BLOCK_DATA === 0) block = shelf.words[wordOf(shelf, block)] as number;
    if (shelf.bytes[dataOf(shelf, block) + (at % BLOCK_DATA)] !== key[at]) return false;
  }
  return true;
}

export function freeChain(shelf: ShelfLayout, first: number): void {
  const { words } = shelf;
  for (let block = first; block !== 0; ) {
    const next = words[wordOf(shelf, block)] as number;
    words[wordOf(shelf, block)] = words[FREE_BLOCK] as number;
    words[FREE_BLOCK] = block;
    block = next;
  }
}

function takeBlock(shelf: ShelfLayout): number {
  const { words } = shelf;
  let block = words[FREE_BLOCK] as number;
  if (block === 0) {
    words[USED_BLOCKS] = (words[USED_BLOCKS] as number) + 1;
    block = words[USED_BLOCKS] as number;
  } else words[FREE_BLOCK] = words[wordOf(shelf, block)] as number;
  words[wordOf(shelf, block)] = 0;
  return block;
}

function fill(shelf: ShelfLayout, block: number, offset: number, key: Uint8Array, value: Uint8Array): void {
  const to = dataOf(shelf, block);
  const ofKey = Math.max(0, Math.min(BLOCK_DATA, key.length - offset));
  if (ofKey > 0) shelf.bytes.set(key.subarray(offset, offset + ofKey), to);
  const from = Math.max(0, offset - key.length);
  shelf.bytes.set(value.subarray(from, from + BLOCK_DATA - ofKey), to + ofKey);
}

function wordOf({ blocks }: ShelfLayout, block: number): number {
  return blocks + block * BLOCK_WORDS;
}

function dataOf(shelf: ShelfLayout, block: number): number {
  return (wordOf(shelf, block) + 1) * 4;
}
