/** Smaller ones are left to the collector. */
const LARGE = 4_096;

/**
 * Frees the bytes that a filter put in place of a piece, once they were handed on. As garbage they would pile up to 64 MB
 * before the engine collects them. Whoever still held them would see none.
 */
export function freeEdit({ buffer, length }: Uint8Array, shown: Uint8Array): void {
  const isAll = length >= LARGE && length === buffer.byteLength && buffer !== shown.buffer;
  if (isAll && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
