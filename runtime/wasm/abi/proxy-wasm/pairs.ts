export type Pair = readonly [name: string, value: string];

const MOST_PAIRS = 1024;
const MOST_BYTES = 1 << 20;

/**
 * A list of pairs as guests and host exchange them: a count, the lengths of each name and value, then names and values, each
 * followed by NUL; all numbers 32-bit little-endian. Characters are bytes.
 */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  const bytes = Buffer.alloc(pairs.reduce((sum, [name, value]) => sum + 8 + name.length + value.length + 2, 4));
  bytes.writeUInt32LE(pairs.length, 0);
  let at = 4 + pairs.length * 8;
  for (const [index, [name, value]] of pairs.entries()) {
    bytes.writeUInt32LE(name.length, 4 + index * 8);
    bytes.writeUInt32LE(value.length, 8 + index * 8);
    at += bytes.write(name, at, "latin1") + 1;
    at += bytes.write(value, at, "latin1") + 1;
  }
  return bytes;
}

/** Undefined when the bytes are no such list, or one of more than 1,024 pairs or 1 MiB. Nothing, or one NUL, is an empty list. */
export function decodePairs(bytes: Uint8Array): Pair[] | undefined {
  if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === 0)) return [];
  if (bytes.length < 4 || bytes.length > MOST_BYTES) return undefined;
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = from.readUInt32LE(0);
  let at = 4 + count * 8;
  if (count > MOST_PAIRS || at > from.length) return undefined;
  /** The next text and its NUL. */
  const take = (length: number): string | undefined => {
    const end = at + length;
    if (end >= from.length || from[end] !== 0) return undefined;
    const text = from.latin1Slice(at, end);
    at = end + 1;
    return text;
  };
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index++) {
    const name = take(from.readUInt32LE(4 + index * 8));
    const value = name === undefined ? undefined : take(from.readUInt32LE(8 + index * 8));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return at === from.length ? pairs : undefined;
}
