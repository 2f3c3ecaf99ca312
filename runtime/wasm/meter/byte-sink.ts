/** Bytes that grow at their end. */
export class ByteSink {
  #bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, 64));
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = value;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** A signed LEB128 number, not negative. */
  positive(value: number): void {
    let rest = value;
    for (; rest >= 0x40; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  name(text: string): void {
    this.u32(text.length);
    for (let index = 0; index < text.length; index++) this.byte(text.charCodeAt(index));
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (this.length + size > this.#bytes.length) this.#grow(size);
    if (size < SHORT)
      for (let index = 0; index < size; index++) this.#bytes[this.length + index] = from[start + index] as number;
    else this.#bytes.set(from.subarray(start, end), this.length);
    this.length += size;
  }

  /** Leaves room for a length that is not known yet; `close` with what this gives writes it. */
  open(): number {
    this.length += LENGTH_BYTES;
    if (this.length > this.#bytes.length) this.#grow(0);
    return this.length;
  }

  /** A LEB128 number may have more bytes than it needs (WebAssembly 5.2.2). */
  close(opened: number): void {
    let rest = this.length - opened;
    for (let index = opened - LENGTH_BYTES; index < opened; index++, rest >>>= 7) {
      this.#bytes[index] = index < opened - 1 ? (rest & 0x7f) | 0x80 : rest;
    }
  }

  /** What was written, in memory of its own size. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + by));
    larger.set(this.#bytes.subarray(0, Math.min(this.length, this.#bytes.length)));
    this.#bytes = larger;
  }
}

/** Enough for 268 MB. */
const LENGTH_BYTES = 4;
/** Below this many bytes a loop is faster than a native call. */
const SHORT = 48;
