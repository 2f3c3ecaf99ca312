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

/** A range of bytes of the head. */
export type Range = readonly [start: number, end: number];

/** Where everything in one head is. Belongs to one message at a time; positions count from the head's first byte. */
export class HeadTable {
  /** What the positions speak of. */
  bytes: Buffer = Buffer.alloc(0);
  ints = new Int32Array(256);
  #slots = new Uint8Array(this.ints.buffer, at.SLOTS * 4, 64);

  /** Reads the head at the start of `bytes`, and keeps `bytes`: they must not change as long as the table is used. */
  read(tokenizer: Tokenizer, kind: number, bytes: Buffer, limits: HeadLimits): HeadResult {
    const headBytes = Math.min(limits.headBytes, at.MAX_HEAD);
    const length = Math.min(bytes.length, headBytes);
    bytes.copy(tokenizer.input, 0, 0, length);
    const code = tokenizer.tokenize(
      kind,
      length,
      headBytes,
      limits.targetBytes,
      Math.min(limits.fields, at.MAX_FIELDS),
    );
    this.bytes = bytes;
    this.#take(tokenizer.table);
    if (code === OK) return "complete";
    return code === INCOMPLETE ? "incomplete" : headError(code, this.at(at.POSITION));
  }

  at(index: number): number {
    return this.ints[index] as number;
  }

  has(flag: number): boolean {
    return (this.at(at.FLAGS) & flag) !== 0;
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

  /** What `content-length` says, whatever the framing. */
  get contentLength(): number | undefined {
    const number = this.#slots[at.CONTENT_LENGTH] as number;
    return number === 0 ? undefined : Number(this.valueOf(number - 1));
  }

  /** The index of a well-known name's first field; -1 without one. */
  slot(id: number): number {
    return (this.#slots[id] as number) - 1;
  }

  text(start: number, end: number): string {
    return this.bytes.toString("latin1", start, end);
  }

  /** The value of a field, a character per byte. */
  valueOf(index: number): string {
    const field = at.FIELDS + index * at.FIELD_SIZE;
    return this.text(this.at(field + at.VALUE_START), this.at(field + at.VALUE_END));
  }

  /** The name of a field in lower case. */
  nameOf(index: number): string {
    const field = at.FIELDS + index * at.FIELD_SIZE;
    const id = this.at(field + at.NAME);
    if (id > 0) return WELL_KNOWN[id] as string;
    return this.text(this.at(field + at.NAME_START), this.at(field + at.NAME_END)).toLowerCase();
  }

  /** The index of the next field of that name, in lower case, from `from`; -1 without one. */
  indexOf(name: string, from: number = 0): number {
    const id = wellKnown(name);
    if (id > 0 && from === 0) return this.slot(id);
    const key = id > 0 ? id : keyOf(name);
    for (let i = from; i < this.count; i++) {
      if (this.at(at.FIELDS + i * at.FIELD_SIZE + at.NAME) === key && (id > 0 || this.nameOf(i) === name)) return i;
    }
    return -1;
  }

  /** The whole line of a field, with its end. */
  lineOf(index: number): Range {
    const field = at.FIELDS + index * at.FIELD_SIZE;
    const end = index + 1 < this.count ? this.at(field + at.FIELD_SIZE + at.NAME_START) : this.headEnd - 2;
    return [this.at(field + at.NAME_START), end];
  }

  /** The lines that are not forwarded, in order, neighbours joined. */
  drops(): Range[] {
    const first = at.FIELDS + this.count * at.FIELD_SIZE;
    return Array.from({ length: this.at(at.DROP_COUNT) }, (_, i) => [
      this.at(first + 2 * i),
      this.at(first + 2 * i + 1),
    ]);
  }

  #take(table: Int32Array): void {
    const used = at.FIELDS + (table[at.FIELD_COUNT] as number) * at.FIELD_SIZE + 2 * (table[at.DROP_COUNT] as number);
    if (used > this.ints.length) {
      this.ints = new Int32Array(2 * used);
      this.#slots = new Uint8Array(this.ints.buffer, at.SLOTS * 4, 64);
    }
    for (let i = 0; i < used; i++) this.ints[i] = table[i] as number;
  }
}
