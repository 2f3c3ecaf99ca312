import { widen } from "./latin1";

/** Where hostcalls store address and size of what they have put into memory that `malloc` gave them. */
export const outAddress: usize = memory.data(8, 4);
export const outSize: usize = outAddress + 4;
/** Where they store a number of up to 8 bytes. */
export const outNumber: usize = memory.data(8, 8);

/** What a hostcall left, as text of one character a byte. */
export function receivedText(): string {
  return widen(load<usize>(outAddress), load<usize>(outSize));
}

/** What a hostcall left, read as UTF-8; what is not well-formed is replaced. */
export function receivedUtf8(): string {
  return String.UTF8.decodeUnsafe(load<usize>(outAddress), load<usize>(outSize));
}

/** What a hostcall left. It is ours: no copy is needed. */
export function receivedBytes(): Uint8Array {
  if (load<usize>(outSize) === 0) return new Uint8Array(0);
  return Uint8Array.wrap(changetype<ArrayBuffer>(load<usize>(outAddress)));
}
