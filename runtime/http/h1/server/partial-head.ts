/** The beginning of a head that comes in pieces. Its end is looked for in what is new only. */
export class PartialHead {
  bytes: Buffer;
  length = 0;
  /** How much of it was there when it was last read as a whole. */
  #read = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  add(piece: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.bytes.length));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    piece.copy(this.bytes, this.length, start, end);
    this.length = length;
  }

  /**
   * Whether reading it makes sense: the end has come with the last piece, or there is more than a head may have, or so
   * much that a mistake in it should not wait for the end.
   */
  isDue(before: number, most: number): boolean {
    const from = Math.max(0, before - 3);
    const due =
      this.length >= most ||
      this.length >= 2 * this.#read ||
      this.bytes.subarray(from, this.length).includes("\r\n\r\n", 0, "latin1");
    if (due) this.#read = this.length;
    return due;
  }
}
