/** The pieces of a head that did not come at once. */
export class PartialHead {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Adds a piece; true when the head may be complete now, so that pieces of one byte each do not cost a reading each. */
  add(bytes: Buffer, start: number, end: number, limit: number): boolean {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1_024, 2 * length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length, start, end);
    const from = this.#length;
    this.#length = length;
    return length >= limit || this.taken.indexOf(10, from) >= 0;
  }

  /** All of them. */
  get taken(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
