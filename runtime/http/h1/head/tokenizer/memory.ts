/**
 * The memory that the tokenizer's sources work on when they run as TypeScript. The AssemblyScript compiler gets
 * `memory.as` in its place, which does the same by loads, stores and 16-byte vectors. The type `i32` is a number here:
 * the compiler's own declarations say so.
 */
import { SLOTS, TARGET_CLASS, TOKEN_CLASS } from "./layout.ts";

export const input = new Uint8Array(65_536 + 64);
export const statics = new Uint8Array(8_192);
export const table = new Int32Array(2_048);
const slots = new Uint8Array(table.buffer, SLOTS * 4, 64);

export function byteAt(at: i32): i32 {
  return input[at] as number;
}

export function setByte(at: i32, byte: i32): void {
  input[at] = byte;
}

export function staticAt(at: i32): i32 {
  return statics[at] as number;
}

export function get(index: i32): i32 {
  return table[index] as number;
}

export function put(index: i32, value: i32): void {
  table[index] = value;
}

export function slot(id: i32): i32 {
  return slots[id] as number;
}

export function setSlot(id: i32, field: i32): void {
  slots[id] = field;
}

export function clearSlots(): void {
  slots.fill(0);
}

/** The first byte from `at` that no token holds (RFC 9110 5.6.2). */
export function skipToken(at: i32): i32 {
  while (staticAt(TOKEN_CLASS + byteAt(at)) !== 0) at++;
  return at;
}

/** The first byte from `at` that no request target holds (RFC 3986 without `#`). */
export function skipTarget(at: i32): i32 {
  while (staticAt(TARGET_CLASS + byteAt(at)) !== 0) at++;
  return at;
}

/** The first byte from `at` that no field value holds: a control byte other than tab (RFC 9110 5.5). */
export function skipText(at: i32): i32 {
  while (true) {
    const byte = byteAt(at);
    if ((byte < 32 && byte !== 9) || byte === 127) return at;
    at++;
  }
}

/** Where `byte` is between two positions; `end` if it is not. */
export function find(byte: i32, at: i32, end: i32): i32 {
  while (at < end && byteAt(at) !== byte) at++;
  return at;
}

/** Whether a token is, whatever its case, the record at `from`, which has letters, digits and hyphens only. */
export function sameName(at: i32, from: i32, length: i32): boolean {
  for (let i = 0; i < length; i++) if ((byteAt(at + i) | 32) !== staticAt(from + i)) return false;
  return true;
}
