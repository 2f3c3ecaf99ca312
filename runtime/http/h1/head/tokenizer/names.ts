// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { METHOD_BUCKETS, METHOD_RECORDS, NAME_BUCKETS, NAME_RECORDS, RECORD_SIZE } from "./layout.ts";
import { byteAt, sameName, staticAt } from "./memory.ts";

/** Four bytes that stand for a name: not unique, the same whatever its case, negative. */
export function nameKey(first: i32, middle: i32, last: i32, length: i32): i32 {
  return (1 << 31) | ((length & 127) << 24) | ((first | 32) << 16) | ((middle | 32) << 8) | (last | 32);
}

/** Where the search for a key begins among 256 buckets. */
export function bucketOf(key: i32): i32 {
  return (key ^ (key >>> 7) ^ (key >>> 13) ^ (key >>> 21)) & 255;
}

export function keyAt(start: i32, end: i32): i32 {
  return nameKey(byteAt(start), byteAt((start + end) >> 1), byteAt(end - 1), end - start);
}

/** The number of a well-known name; 0 for others. */
export function knownName(key: i32, start: i32, length: i32): i32 {
  let bucket = bucketOf(key);
  while (true) {
    const id = staticAt(NAME_BUCKETS + bucket);
    if (id === 0) return 0;
    const record = NAME_RECORDS + id * RECORD_SIZE;
    if (staticAt(record) === length && sameName(start, record + 1, length)) return id;
    bucket = (bucket + 1) & 255;
  }
}

/** The number of a method, which has a case; 0 for others. */
export function knownMethod(start: i32, end: i32): i32 {
  const length = end - start;
  let bucket = bucketOf(keyAt(start, end));
  while (true) {
    const id = staticAt(METHOD_BUCKETS + bucket);
    if (id === 0) return 0;
    const record = METHOD_RECORDS + id * RECORD_SIZE;
    if (staticAt(record) === length && sameBytes(start, record + 1, length)) return id;
    bucket = (bucket + 1) & 255;
  }
}

function sameBytes(start: i32, record: i32, length: i32): boolean {
  for (let i = 0; i < length; i++) if (byteAt(start + i) !== staticAt(record + i)) return false;
  return true;
}
