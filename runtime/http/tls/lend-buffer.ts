import type { Socket } from "node:net";

/** What `net.Socket` keeps of its option `onread`. */
interface Internals {
  _handle: { useUserBuffer?(buffer: Uint8Array): void } | null;
  [field: symbol]: unknown;
}

interface Fields {
  readonly buffer: symbol;
  readonly callback: symbol;
}

let fields: Fields | undefined;

/**
 * Lets an accepted or secure socket read into a buffer that is lent to it and call back, which Node offers as `onread`
 * for sockets that connect only. It saves a buffer, its array and a turn of the stream for each read: 5 to 10 us of a
 * request. Reads may follow one another although the callback has said false: what was decrypted already comes.
 *
 * @returns false where this version of Node keeps its option elsewhere; nothing has changed then
 */
export function lendBuffer(
  socket: Socket,
  buffer: Uint8Array,
  callback: (this: never, length: number, buffer: Buffer) => boolean,
): boolean {
  const internals = socket as unknown as Internals;
  fields ??= findFields(internals);
  if (fields === undefined || internals._handle?.useUserBuffer === undefined) return false;
  internals[fields.buffer] = buffer;
  internals[fields.callback] = callback;
  internals._handle.useUserBuffer(buffer);
  return true;
}

function findFields(internals: Internals): Fields | undefined {
  const named = (description: string) =>
    Reflect.ownKeys(internals).find((key) => typeof key === "symbol" && key.description === description);
  const [buffer, callback] = [named("kBuffer"), named("kBufferCb")];
  return typeof buffer === "symbol" && typeof callback === "symbol" ? { buffer, callback } : undefined;
}
