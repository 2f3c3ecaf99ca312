// AssemblyScript in place of memory.ts: fixed areas of the linear memory. See ../tokenizer.ts for the addresses.
import { SLOTS } from "./layout.ts";

// @ts-ignore: decorator
@inline const TABLE: usize = 1024;
// @ts-ignore: decorator
@inline const STATICS: usize = 16384;
// @ts-ignore: decorator
@inline const INPUT: usize = 32768;

export function byteAt(at: i32): i32 { return load<u8>(at, INPUT); }
export function setByte(at: i32, byte: i32): void { store<u8>(at, byte, INPUT); }
export function staticAt(at: i32): i32 { return load<u8>(at, STATICS); }
export function get(index: i32): i32 { return load<i32>(index << 2, TABLE); }
export function put(index: i32, value: i32): void { store<i32>(index << 2, value, TABLE); }
export function slot(id: i32): i32 { return load<u8>(TABLE + (SLOTS << 2) + id); }
export function setSlot(id: i32, field: i32): void { store<u8>(TABLE + (SLOTS << 2) + id, field); }

export function clearSlots(): void {
  const zero = i32x4.splat(0);
  for (let at: usize = 0; at < 64; at += 16) v128.store(TABLE + (SLOTS << 2) + at, zero);
}

// A byte is in a class when the bit of its upper half is set in the mask of its lower half: one bit per row of ASCII.
// @ts-ignore: decorator
@inline function outside(bytes: v128, rows: v128, columns: v128): i32 {
  const column = i8x16.swizzle(columns, v128.and(bytes, i8x16.splat(15)));
  const row = i8x16.swizzle(rows, i8x16.shr_u(bytes, 4));
  return i8x16.bitmask(i8x16.eq(v128.and(column, row), i8x16.splat(0)));
}

// @ts-ignore: decorator
@inline function rows(): v128 { return i8x16(0, 0, 1, 2, 4, 8, 16, 32, 0, 0, 0, 0, 0, 0, 0, 0); }

export function skipToken(at: i32): i32 {
  const columns = i8x16(58, 63, 62, 63, 63, 63, 63, 63, 62, 62, 61, 21, 52, 21, 61, 28);
  while (true) {
    const found = outside(v128.load(at, INPUT), rows(), columns);
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
}

export function skipTarget(at: i32): i32 {
  const columns = i8x16(46, 63, 62, 62, 63, 63, 63, 63, 63, 63, 63, 31, 21, 31, 53, 31);
  while (true) {
    const found = outside(v128.load(at, INPUT), rows(), columns);
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
}

export function skipText(at: i32): i32 {
  while (true) {
    const bytes = v128.load(at, INPUT);
    const control = v128.andnot(i8x16.lt_u(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(9)));
    const found = i8x16.bitmask(v128.or(control, i8x16.eq(bytes, i8x16.splat(127))));
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
}

export function find(byte: i32, at: i32, end: i32): i32 {
  const wanted = i8x16.splat(byte as i8);
  for (; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at, INPUT), wanted));
    if (found !== 0) return min(at + ctz(found), end);
  }
  return end;
}

export function sameName(at: i32, from: i32, length: i32): bool {
  const lower = i8x16.splat(32);
  const first = i8x16.bitmask(i8x16.ne(v128.or(v128.load(at, INPUT), lower), v128.load(from, STATICS)));
  if (length <= 16) return (first & ((1 << length) - 1)) === 0;
  if (first !== 0) return false;
  const rest = i8x16.bitmask(i8x16.ne(v128.or(v128.load(at + 16, INPUT), lower), v128.load(from + 16, STATICS)));
  return (rest & ((1 << (length - 16)) - 1)) === 0;
}
