import type { Socket } from "node:net";

/** How every HTTP/2 connection begins (RFC 9113 3.4). No HTTP/1.1 request begins like this: `PRI` is reserved. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export interface PrefaceReaders {
  http1(socket: Socket): void;
  http2(socket: Socket): void;
  /** Nothing that tells them apart came in time. The socket is the caller's to answer and close. */
  expired(socket: Socket): void;
}

/**
 * Hands a fresh connection to the reader of the protocol that it speaks: by prior knowledge, from its first bytes, which
 * the reader finds unread.
 * @param timeout milliseconds for those bytes; 0 is off
 */
export function readPreface(socket: Socket, timeout: number, readers: PrefaceReaders): void {
  let seen: Buffer = Buffer.alloc(0);
  const leave = () => {
    socket.off("readable", look).off("timeout", expire).off("end", part).off("error", ignore);
    socket.setTimeout(0);
  };
  const expire = () => {
    leave();
    readers.expired(socket);
  };
  const part = () => {
    leave();
    socket.destroy();
  };
  const look = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const agrees = agreesWithPreface(seen);
    // What is not enough stays here: unread bytes would be reported again at once, and again.
    if (agrees && seen.length < PREFACE.length) return;
    leave();
    socket.unshift(seen);
    if (agrees) readers.http2(socket);
    else readers.http1(socket);
  };
  socket.on("readable", look).on("timeout", expire).on("end", part).on("error", ignore);
  socket.setTimeout(timeout);
}

function agreesWithPreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  return bytes.compare(PREFACE, 0, length, 0, length) === 0;
}

function ignore(): void {}
