import { freeChain, readChain, startsWith, writeChain } from "./block-chain.ts";
import { hashKey } from "./key-hash.ts";
import * as at from "./shelf-layout.ts";

/** A key as the shelf keeps it. */
export interface ShelfKey {
  /** UTF-16, as guests hold their strings: keys that differ in lone surrogates differ. */
  readonly bytes: Uint8Array;
  readonly low: number;
  readonly high: number;
}

export function shelfKey({ secret }: at.ShelfLayout, key: string): ShelfKey {
  const hash = { low: 0, high: 0 };
  hashKey(key, secret, hash);
  return { bytes: Buffer.from(key, "utf16le"), ...hash };
}

/** The entries of one plugin. Everything here runs under the shelf's lock. */
export class Shelf {
  readonly #layout: at.ShelfLayout;

  constructor(layout: at.ShelfLayout) {
    this.#layout = layout;
  }

  /** The number of the key's entry; 0 without one. An entry that has expired is removed. */
  find(key: ShelfKey, now: number): number {
    const { words } = this.#layout;
    let entry = words[this.#slot(key.low)] as number;
    while (entry !== 0 && !this.#holds(entry, key)) entry = this.#get(entry, at.CHAIN);
    if (entry === 0 || (this.#layout.expires[entry - 1] as number) > now) return entry;
    this.remove(entry);
    return 0;
  }

  version(entry: number): number {
    return entry === 0 ? 0 : this.#get(entry, at.VERSION) >>> 0;
  }

  value(entry: number): Uint8Array {
    const value = new Uint8Array(this.#get(entry, at.VALUE_SIZE));
    readChain(this.#layout, this.#get(entry, at.FIRST_BLOCK), this.#get(entry, at.KEY_SIZE), value);
    return value;
  }

  /** Adds an entry for a key that has none, of at most `maxBytes`; what was written longest ago makes room. */
  add(key: ShelfKey, value: Uint8Array, expires: number): void {
    const { words, maxBytes, maxEntries } = this.#layout;
    const size = key.bytes.length + value.length;
    while (words[at.COUNT] === maxEntries || (words[at.BYTES] as number) + size > maxBytes) {
      this.remove(words[at.OLDEST] as number);
    }
    const entry = this.#takeEntry();
    this.#describe(entry, key, value, expires);
    this.#link(entry, key.low);
    words[at.COUNT] = (words[at.COUNT] as number) + 1;
    words[at.BYTES] = (words[at.BYTES] as number) + size;
  }

  remove(entry: number): void {
    const { words } = this.#layout;
    this.#unchain(entry);
    const [older, newer] = [this.#get(entry, at.OLDER), this.#get(entry, at.NEWER)];
    if (older === 0) words[at.OLDEST] = newer;
    else this.#set(older, at.NEWER, newer);
    if (newer === 0) words[at.NEWEST] = older;
    else this.#set(newer, at.OLDER, older);
    words[at.COUNT] = (words[at.COUNT] as number) - 1;
    words[at.BYTES] = (words[at.BYTES] as number) - this.#get(entry, at.KEY_SIZE) - this.#get(entry, at.VALUE_SIZE);
    freeChain(this.#layout, this.#get(entry, at.FIRST_BLOCK));
    this.#set(entry, at.CHAIN, words[at.FREE_ENTRY] as number);
    words[at.FREE_ENTRY] = entry;
  }

  #describe(entry: number, key: ShelfKey, value: Uint8Array, expires: number): void {
    const { words } = this.#layout;
    const version = words[at.LAST_VERSION] === -1 ? 1 : (words[at.LAST_VERSION] as number) + 1;
    words[at.LAST_VERSION] = version;
    this.#set(entry, at.LOW, key.low);
    this.#set(entry, at.HIGH, key.high);
    this.#set(entry, at.VERSION, version);
    this.#set(entry, at.KEY_SIZE, key.bytes.length);
    this.#set(entry, at.VALUE_SIZE, value.length);
    this.#set(entry, at.FIRST_BLOCK, writeChain(this.#layout, key.bytes, value));
    this.#layout.expires[entry - 1] = expires;
  }

  #link(entry: number, low: number): void {
    const { words } = this.#layout;
    const newest = words[at.NEWEST] as number;
    this.#set(entry, at.CHAIN, words[this.#slot(low)] as number);
    words[this.#slot(low)] = entry;
    this.#set(entry, at.OLDER, newest);
    this.#set(entry, at.NEWER, 0);
    if (newest === 0) words[at.OLDEST] = entry;
    else this.#set(newest, at.NEWER, entry);
    words[at.NEWEST] = entry;
  }

  #unchain(entry: number): void {
    const { words } = this.#layout;
    const slot = this.#slot(this.#get(entry, at.LOW));
    const next = this.#get(entry, at.CHAIN);
    if (words[slot] === entry) {
      words[slot] = next;
      return;
    }
    let before = words[slot] as number;
    while (this.#get(before, at.CHAIN) !== entry) before = this.#get(before, at.CHAIN);
    this.#set(before, at.CHAIN, next);
  }

  #takeEntry(): number {
    const { words } = this.#layout;
    const free = words[at.FREE_ENTRY] as number;
    if (free === 0) {
      words[at.USED_ENTRIES] = (words[at.USED_ENTRIES] as number) + 1;
      return words[at.USED_ENTRIES] as number;
    }
    words[at.FREE_ENTRY] = this.#get(free, at.CHAIN);
    return free;
  }

  #holds(entry: number, key: ShelfKey): boolean {
    return (
      this.#get(entry, at.LOW) === key.low &&
      this.#get(entry, at.HIGH) === key.high &&
      this.#get(entry, at.KEY_SIZE) === key.bytes.length &&
      startsWith(this.#layout, this.#get(entry, at.FIRST_BLOCK), key.bytes)
    );
  }

  #slot(low: number): number {
    return this.#layout.index + (low & (this.#layout.slots - 1));
  }

  #get(entry: number, field: number): number {
    return this.#layout.words[this.#layout.entries + (entry - 1) * at.ENTRY_WORDS + field] as number;
  }

  #set(entry: number, field: number, value: number): void {
    this.#layout.words[this.#layout.entries + (entry - 1) * at.ENTRY_WORDS + field] = value;
  }
}
