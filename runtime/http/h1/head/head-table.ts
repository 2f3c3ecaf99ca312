import { latin1 } from "../latin1.ts";
import { type HeadError, headError } from "./head-error.ts";
import { keyOf } from "./statics.ts";
import { INCOMPLETE, OK } from "./tokenizer/codes.ts";
import * as at from "./tokenizer/layout.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { WELL_KNOWN, wellKnown } from "./well-known.ts";

/** Bytes, except `fields`. */
export interface HeadLimits {
  /** At most 65,536. */
  readonly headBytes: number;
  readonly targetBytes: number;
  /** At most 250. */
  readonly fields: number;
}

export const HEAD_LIMITS: HeadLimits = { headBytes: 16_384, targetBytes: 8_192, fields: 100 };

/** `incomplete`: the bytes are the beginning of a head. */
export type HeadResult = "complete" | "incomplete" | HeadError;

/** Most heads are shorter: what follows them is not read. */
const FIRST_LOOK = 4_096;

/**
 * Where everything in one head is; one per message, since what was made of it may outlive its connection's next message.
 * Positions count from the head's first byte. Head and positions are ordinary JavaScript values: measured, a slice of a
 * string costs 12 ns and a range of a Buffer as a string 75, and new positions 45 ns more than reused ones.
 */
export class HeadTable {
  /** The head, a character per byte; after an error all that was looked at. What follows it may be there as well. */
  head = "";
  /** `tokenizer/layout.ts`. */
  ints: readonly number[] = [];
  /** What `content-length` says, whatever the framing; undefined without one. */
  contentLength: number | undefined = undefined;

  /** Reads the head in `bytes` from `start`, and keeps nothing of `bytes`. @param whole decodes what follows it as well */
  read(
    tokenizer: Tokenizer,
    kind: number,
    bytes: Buffer,
    limits: HeadLimits,
    start = 0,
    end = bytes.length,
    whole = false,
  ): HeadResult {
    const most = Math.min(end - start, limits.headBytes, at.MAX_HEAD);
    let length = Math.min(most, FIRST_LOOK);
    let code = tokenize(tokenizer, kind, bytes, limits, start, length);
    if (code === INCOMPLETE && length < most) {
      length = most;
      code = tokenize(tokenizer, kind, bytes, limits, start, length);
    }
    if (code === INCOMPLETE) return "incomplete";
    this.ints = copied(tokenizer.table);
    this.head = latin1(bytes, start, whole ? end : start + (code === OK ? this.headEnd : length));
    if (code !== OK) return headError(code, this.at(at.POSITION));
    this.contentLength = this.#readLength();
    return "complete";
  }

  at(index: number): number {
    return this.ints[index] as number;
  }

  has(flag: number): boolean {
    return (this.at(at.FLAGS) & flag) !== 0;
  }

  /** Whether `connection` names fields: their lines are among the dropped ones. */
  get namesFields(): boolean {
    return this.has(at.NAMES_FIELDS);
  }

  /** The first byte behind the head. */
  get headEnd(): number {
    return this.at(at.HEAD_END);
  }

  get count(): number {
    return this.at(at.FIELD_COUNT);
  }

  /** One of `FRAMING_NONE`, `FRAMING_LENGTH`, `FRAMING_CHUNKED`, `FRAMING_CLOSE`. */
  get framing(): number {
    return this.at(at.FRAMING);
  }

  /** The tokenizer lets decimal digits through, 15 at most. */
  #readLength(): number | undefined {
    const index = this.slot(at.CONTENT_LENGTH);
    if (index < 0) return undefined;
    const end = this.valueEnd(index);
    let length = 0;
    for (let i = this.valueStart(index); i < end; i++) length = length * 10 + this.head.charCodeAt(i) - 48;
    return length;
  }

  /** The index of a well-known name's first field; -1 without one. */
  slot(id: number): number {
    return ((this.at(at.SLOTS + (id >> 2)) >> ((id & 3) << 3)) & 255) - 1;
  }

  text(start: number, end: number): string {
    return this.head.slice(start, end);
  }

  /** The value of a field, a character per byte. */
  valueOf(index: number): string {
    return this.head.slice(this.valueStart(index), this.valueEnd(index));
  }

  valueStart(index: number): number {
    return this.at(at.FIELDS + index * at.FIELD_SIZE + at.VALUE_START);
  }

  valueEnd(index: number): number {
    return this.at(at.FIELDS + index * at.FIELD_SIZE + at.VALUE_END);
  }

  /** The name of a field in lower case. */
  nameOf(index: number): string {
    const field = at.FIELDS + index * at.FIELD_SIZE;
    const id = this.at(field + at.NAME);
    if (id > 0) return WELL_KNOWN[id] as string;
    return this.text(this.at(field + at.NAME_START), this.at(field + at.NAME_END)).toLowerCase();
  }

  /** The number of a field's name among the well-known ones; not positive for others. */
  nameId(index: number): number {
    return this.at(at.FIELDS + index * at.FIELD_SIZE + at.NAME);
  }

  /** The index of the next field of that name, in lower case, from `from`; -1 without one. */
  indexOf(name: string, from: number = 0): number {
    const id = wellKnown(name);
    if (id > 0) {
      const first = this.slot(id);
      return from <= first || first < 0 ? first : this.#search(id, from);
    }
    return this.unknownAt(name, from);
  }

  /** The same for a name that is not well known. */
  unknownAt(name: string, from: number): number {
    const key = keyOf(name);
    let index = this.#search(key, from);
    while (index >= 0 && !this.#isNamed(index, name)) index = this.#search(key, index + 1);
    return index;
  }

  #isNamed(index: number, lowerCase: string): boolean {
    const start = this.lineStart(index);
    if (this.at(at.FIELDS + index * at.FIELD_SIZE + at.NAME_END) - start !== lowerCase.length) return false;
    for (let i = 0; i < lowerCase.length; i++) {
      const code = this.head.charCodeAt(start + i);
      if ((code >= 65 && code <= 90 ? code + 32 : code) !== lowerCase.charCodeAt(i)) return false;
    }
    return true;
  }

  #search(key: number, from: number): number {
    const ints = this.ints;
    const count = this.count;
    for (let i = from; i < count; i++) if (ints[at.FIELDS + i * at.FIELD_SIZE + at.NAME] === key) return i;
    return -1;
  }

  /** Where the line of a field begins; behind the last one, where the lines end. */
  lineStart(index: number): number {
    return index < this.count ? this.at(at.FIELDS + index * at.FIELD_SIZE + at.NAME_START) : this.headEnd - 2;
  }

  /** How many ranges of lines are not copied to the next hop: in order, neighbours joined. */
  get dropCount(): number {
    return this.at(at.DROP_COUNT);
  }

  dropStart(drop: number): number {
    return this.at(at.FIELDS + this.count * at.FIELD_SIZE + 2 * drop);
  }

  dropEnd(drop: number): number {
    return this.at(at.FIELDS + this.count * at.FIELD_SIZE + 2 * drop + 1);
  }

  /** Whether the line of a field is in one of those ranges. */
  isDropped(index: number): boolean {
    const start = this.lineStart(index);
    for (let i = 0; i < this.dropCount; i++) if (start >= this.dropStart(i) && start < this.dropEnd(i)) return true;
    return false;
  }
}

function tokenize(
  tokenizer: Tokenizer,
  kind: number,
  bytes: Buffer,
  limits: HeadLimits,
  start: number,
  length: number,
): number {
  bytes.copy(tokenizer.input, 0, start, start + length);
  const headBytes = Math.min(limits.headBytes, at.MAX_HEAD);
  return tokenizer.tokenize(kind, length, headBytes, limits.targetBytes, Math.min(limits.fields, at.MAX_FIELDS));
}

function copied(table: Int32Array): number[] {
  const used = at.FIELDS + (table[at.FIELD_COUNT] as number) * at.FIELD_SIZE + 2 * (table[at.DROP_COUNT] as number);
  const ints = new Array<number>(used);
  for (let i = 0; i < used; i++) ints[i] = table[i] as number;
  return ints;
}
