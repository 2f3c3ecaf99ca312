/** One linear memory, seen in three widths. Views of length 0 stand for a memory that grew: they are made anew. */
export interface MemoryViews {
  readonly octets: Buffer;
  readonly units: Uint16Array;
  readonly words: Int32Array;
}

/** Code units. Longer strings are decoded every time: comparing them is no cheaper. */
const LONGEST = 40;
const WORDS = LONGEST / 2;
/** A power of two. */
const ENTRIES = 256;
/** From this length on a native call decodes faster than a loop. */
const LONG = 128;

/**
 * Remembers the strings that were read from a memory, since a guest passes the same few again and again: a cache with one
 * place for a string, which its length and three of its code units choose. What it gives is always what the memory holds:
 * a remembered string is compared with it first, so that a guest may do with its memory what it likes.
 */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: ENTRIES }, () => "");
  /** The code units of each string, two to a word. */
  readonly #known = new Int32Array(ENTRIES * WORDS);
  readonly #scratch = Buffer.alloc(LONG);

  /** The string of `length` code units at a byte offset; the range has been checked. */
  read(memory: MemoryViews, start: number, length: number): string {
    if (length > LONGEST || (start & 3) !== 0) return this.#decode(memory, start, length);
    const entry = entryOf(memory.units, start >>> 1, length);
    const text = this.#texts[entry] as string;
    if (text.length === length && this.#holds(memory, start, entry, length)) return text;
    return this.#remember(memory, start, entry, length);
  }

  #holds({ words, units }: MemoryViews, start: number, entry: number, length: number): boolean {
    const known = this.#known;
    const first = entry * WORDS;
    const from = start >>> 2;
    const pairs = length >>> 1;
    for (let i = 0; i < pairs; i++) if (words[from + i] !== known[first + i]) return false;
    return (length & 1) === 0 || units[(start >>> 1) + length - 1] === known[first + pairs];
  }

  #remember(memory: MemoryViews, start: number, entry: number, length: number): string {
    const text = this.#decode(memory, start, length);
    const { words, units } = memory;
    const first = entry * WORDS;
    const from = start >>> 2;
    const pairs = length >>> 1;
    for (let i = 0; i < pairs; i++) this.#known[first + i] = words[from + i] as number;
    if ((length & 1) === 1) this.#known[first + pairs] = units[(start >>> 1) + length - 1] as number;
    this.#texts[entry] = text;
    return text;
  }

  /** ISO 8859-1 becomes a string of one byte a character, which is cheaper for whoever gets it, and is well formed. */
  #decode({ octets, units }: MemoryViews, start: number, length: number): string {
    if (length > LONG) return octets.ucs2Slice(start, start + length * 2).toWellFormed();
    const scratch = this.#scratch;
    for (let i = 0, unit = start >>> 1; i < length; i++, unit++) {
      const code = units[unit] as number;
      if (code > 0xff) return octets.ucs2Slice(start, start + length * 2).toWellFormed();
      scratch[i] = code;
    }
    return scratch.latin1Slice(0, length);
  }
}

function entryOf(units: Uint16Array, start: number, length: number): number {
  const first = units[start] as number;
  const middle = units[start + (length >>> 1)] as number;
  const last = units[start + length - 1] as number;
  const mixed = Math.imul(first + length * 31, 0x9e37) ^ Math.imul(middle, 0x2c1b) ^ Math.imul(last, 0x85eb);
  return (mixed ^ (mixed >>> 9)) & (ENTRIES - 1);
}

declare global {
  interface Buffer {
    /** Node's fast paths without argument checks; the caller has checked the range. */
    ucs2Slice(start: number, end: number): string;
    latin1Slice(start: number, end: number): string;
  }
}
