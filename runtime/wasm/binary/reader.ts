import { HeddleError } from "../../errors.ts";

/** The most items in a vector of anything that a walk over a component looks at. */
const MAX_ITEMS = 100_000;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A cursor over bytes that nobody has checked yet; every read is within them or throws COMPONENT_INVALID. Offsets in
 * messages count from the start of the file.
 */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) this.fail("expected more bytes, got the end of the section");
    return this.bytes[this.at++] as number;
  }

  /** Four bytes, the lowest first. */
  u32le(): number {
    return this.byte() + this.byte() * 2 ** 8 + this.byte() * 2 ** 16 + this.byte() * 2 ** 24;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80)
        return value <= 0xffff_ffff ? value : this.fail("expected a number of 32 bits, got a larger one");
    }
    return this.fail("expected a number of 32 bits, got a longer one");
  }

  /** A signed LEB128 number of at most 35 bits. */
  signed(bits: 32 | 33): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next >= 0x80) continue;
      if ((next & 0x40) !== 0) value -= 2 ** (shift + 7);
      const half = 2 ** (bits - 1);
      return value >= -half && value < half ? value : this.fail(`expected a number of ${bits} bits, got a larger one`);
    }
    return this.fail(`expected a number of ${bits} bits, got a longer one`);
  }

  /** Skips a signed LEB128 number of 64 bits. */
  skipSigned64(): void {
    for (let count = 0; count < 9; count++) if (this.byte() < 0x80) return;
    const last = this.byte();
    if (last !== 0 && last !== 0x7f) this.fail("expected a number of 64 bits, got a longer one");
  }

  /** A length-prefixed UTF-8 name. */
  name(): string {
    const raw = this.take(this.u32());
    try {
      return decoder.decode(raw);
    } catch {
      return this.fail("expected a UTF-8 name");
    }
  }

  /** The next `length` bytes, as a reader of their own. */
  section(length: number): Reader {
    this.skip(length);
    return new Reader(this.bytes, this.at - length, this.at);
  }

  take(length: number): Uint8Array {
    this.skip(length);
    return this.bytes.subarray(this.at - length, this.at);
  }

  skip(length: number): void {
    if (length > this.end - this.at) this.fail(`expected ${length} bytes, got ${this.end - this.at}`);
    this.at += length;
  }

  /** A counted vector. */
  vector<Item>(item: () => Item): Item[] {
    const count = this.u32();
    if (count > MAX_ITEMS) this.fail(`expected at most ${MAX_ITEMS} items, got ${count}`);
    return Array.from({ length: count }, item);
  }

  /** The bytes do not follow the binary format. */
  fail(message: string): never {
    throw new HeddleError("COMPONENT_INVALID", `${message} at byte ${this.at}`);
  }

  /** The bytes may be valid, but ask for more than a plugin gets. */
  refuse(message: string): never {
    throw new HeddleError("ADMISSION_REFUSED", `${message} at byte ${this.at}`);
  }
}
