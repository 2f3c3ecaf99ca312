import { Socket } from "node:net";
import { lendBuffer } from "../../tls/lend-buffer.ts";

/** Hears what a socket of a client does. */
export interface SocketReader {
  /** Bytes, valid during the call only. False stops the reading until the socket is resumed; TLS may still bring what it has decrypted. */
  read(bytes: Buffer, start: number, end: number): boolean;
  /** The client sends nothing more. */
  ended(): void;
  /** There is room to write again. */
  drained(): void;
  closed(): void;
}

type SocketOptions = ConstructorParameters<typeof Socket>[0];

const READER = Symbol("reader");

interface ReadSocket extends Socket {
  [READER]?: SocketReader;
}

/**
 * Bytes of every client of this thread come through here: libuv reads and calls back one socket at a time. 10,000 idle
 * connections hold no buffer, and a busy one allocates none.
 */
const shared = Buffer.allocUnsafeSlow(65_536);

function onRead(this: ReadSocket, length: number, bytes: Buffer): boolean {
  return this[READER]?.read(bytes, 0, length) ?? true;
}

/** Lets `reader` hear a socket that was not read yet. The listeners are the same functions for all sockets. */
export function readSocket(socket: Socket, reader: SocketReader): void {
  (socket as ReadSocket)[READER] = reader;
  socket.on("end", onEnd).on("drain", onDrain).on("error", onError).on("close", onClose);
  if (!lendBuffer(socket, shared, onRead)) socket.on("data", onData);
  socket.resume();
}

/** Ends what `readSocket` began: the connection goes on with a socket of its own, nobody reads it. */
export function releaseSocket(socket: Socket): Socket {
  const holder = socket as unknown as { _handle: object | null };
  const handle = holder._handle;
  (socket as ReadSocket)[READER] = undefined;
  holder._handle = null;
  socket.destroy();
  return new Socket({ handle, allowHalfOpen: true, manualStart: true } as unknown as SocketOptions);
}

/** Ends the connection so that its peer notices. TLS tells it by the missing `close_notify`. */
export function resetSocket(socket: Socket): void {
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * Whether some of what was just written waits. A secure socket says of each write a turn later that it is done, although
 * the system has the bytes already: whether it has is what the socket below knows.
 *
 * @param before what the socket's stream held before the write
 */
export function isWaiting(socket: Socket, before: number): boolean {
  if (socket.writableLength === 0) return false;
  if (before > 0 || !("encrypted" in socket)) return true;
  const { _parent } = socket as unknown as { _parent?: { _handle?: { writeQueueSize?: number } | null } };
  return _parent?._handle?.writeQueueSize !== 0;
}

/** Bytes that the system has not taken yet. */
export function unsentBytes(socket: Socket): number {
  const { _handle } = socket as unknown as { _handle: { writeQueueSize?: number } | null };
  return (_handle?.writeQueueSize ?? 0) + socket.writableLength;
}

function onData(this: ReadSocket, bytes: Buffer): void {
  if (this[READER]?.read(bytes, 0, bytes.length) === false) this.pause();
}

function onEnd(this: ReadSocket): void {
  this[READER]?.ended();
}

function onDrain(this: ReadSocket): void {
  this[READER]?.drained();
}

/** `close` follows. */
function onError(): void {}

function onClose(this: ReadSocket): void {
  this[READER]?.closed();
}
