const NOTHING = new Uint8Array();
const SMALLEST = 4_096;

/** Bytes in one piece. Adding to them costs the same however the body was cut. */
export class KeptBytes {
  #buffer: Uint8Array = NOTHING;
  length = 0;

  /** A view, right until more is kept or something is taken. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  add(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#buffer.set(bytes, this.length);
    this.length = needed;
  }

  /** Gives them away. */
  take(): Uint8Array {
    const { bytes } = this;
    this.#buffer = NOTHING;
    this.length = 0;
    return bytes;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, SMALLEST, this.#buffer.length * 2));
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
