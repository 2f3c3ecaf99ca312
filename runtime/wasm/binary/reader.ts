import { HeddleError } from "../../errors.ts";

/** A cursor over bytes that nobody has checked yet; every read is within them or throws COMPONENT_INVALID. */
export interface Reader {
  /** Bytes from the start of the outermost input. */
  readonly offset: number;
  done(): boolean;
  byte(): number;
  /** An unsigned LEB128 number of 32 bits. */
  u32(): number;
  /** Skips a signed LEB128 number of up to 64 bits. */
  skipSigned(): void;
  /** A length-prefixed UTF-8 name. */
  name(): string;
  /** The next `length` bytes, as a reader of their own. */
  section(length: number): Reader;
  take(length: number): Uint8Array;
  /** A counted vector. */
  vector<Item>(item: () => Item): Item[];
  fail(message: string): never;
}

/** The most items in a vector of anything that this walk looks at. */
const MAX_ITEMS = 100_000;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function reader(bytes: Uint8Array, base = 0): Reader {
  let at = 0;

  const fail = (message: string): never => {
    throw new HeddleError("COMPONENT_INVALID", `${message} at byte ${base + at}`);
  };
  const byte = (): number => bytes[at++] ?? fail("expected more bytes, got the end of the section");
  const u32 = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value <= 0xffff_ffff ? value : fail("expected a number of 32 bits, got a larger one");
    }
    return fail("expected a number of 32 bits, got a longer one");
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) fail(`expected ${length} bytes, got ${bytes.length - at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const name = (): string => {
    const raw = take(u32());
    try {
      return decoder.decode(raw);
    } catch {
      return fail("expected a UTF-8 name");
    }
  };
  const vector = <Item>(item: () => Item): Item[] => {
    const count = u32();
    if (count > MAX_ITEMS) fail(`expected at most ${MAX_ITEMS} items, got ${count}`);
    return Array.from({ length: count }, item);
  };
  return {
    get offset() {
      return base + at;
    },
    done: () => at >= bytes.length,
    byte,
    u32,
    skipSigned() {
      for (let count = 0; count < 10; count++) if (byte() < 0x80) return;
      fail("expected a number of 64 bits, got a longer one");
    },
    name,
    section(length) {
      const start = base + at;
      return reader(take(length), start);
    },
    take,
    vector,
    fail,
  };
}
