import type { Socket } from "node:net";
import type { Dial } from "../../dial.ts";
import { READ_BYTES } from "../read-bytes.ts";

/** Hears what a socket to an endpoint does. */
export interface SocketReader {
  connected(): void;
  /** Bytes, valid during the call only. False stops the reading until the socket is resumed; TLS may still bring what it has decrypted, and the end. */
  read(bytes: Buffer, start: number, end: number): boolean;
  /** The endpoint sends nothing more. */
  ended(): void;
  /** There is room to write again. */
  drained(): void;
  /** @param error code of the operating system, where there was an error */
  closed(error: string | undefined): void;
}

const READER = Symbol("reader");
const FAULT = Symbol("fault");

interface ReadSocket extends Socket {
  [READER]: SocketReader;
  [FAULT]: string | undefined;
}

/**
 * The bytes of every endpoint of this thread come through here: libuv reads and calls back one socket at a time, so that
 * a connection holds no buffer of its own and a read allocates none.
 */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/** Begins to connect. The listeners are the same functions for all sockets. */
export function openSocket(dial: Dial, reader: SocketReader): Socket {
  const socket = dial.open({ buffer: shared, callback: onRead }) as ReadSocket;
  socket[READER] = reader;
  socket[FAULT] = undefined;
  return socket.on(dial.ready, onReady).on("end", onEnd).on("drain", onDrain).on("error", onError).on("close", onClose);
}

function onRead(this: unknown, length: number, bytes: Uint8Array): boolean {
  return (this as ReadSocket)[READER].read(bytes as Buffer, 0, length);
}

function onReady(this: Socket): void {
  (this as ReadSocket)[READER].connected();
}

function onEnd(this: Socket): void {
  (this as ReadSocket)[READER].ended();
}

function onDrain(this: Socket): void {
  (this as ReadSocket)[READER].drained();
}

function onError(this: Socket, error: NodeJS.ErrnoException): void {
  (this as ReadSocket)[FAULT] ??= error.code ?? error.message;
}

function onClose(this: Socket): void {
  (this as ReadSocket)[READER].closed((this as ReadSocket)[FAULT]);
}
