import type { Socket } from "node:net";
import { buildConnector } from "undici";
import type { FieldList } from "./fields.ts";

/** How undici ends a chunked request. */
const LAST_CHUNK = "\r\n0\r\n\r\n";

let trailers: FieldList | undefined;
let lastRead: Buffer | undefined;

/**
 * Connections for undici with the two things that it lacks: trailers of a request, and the version of a response.
 * Both rest on undici being synchronous: it writes the last chunk while the body's `end` is being emitted, and reports
 * the start of a response while it works on the piece that it has just read.
 */
export function createConnector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, allowH2: false });
  return (options, callback) =>
    connect(options, (...[error, socket]: Parameters<typeof callback>) => {
      if (!socket) callback(error as Error, null);
      else callback(null, instrument(socket));
    });
}

/** The trailers of the request whose body is ending right now. */
export function sendTrailers(fields: FieldList): void {
  trailers = fields;
  queueMicrotask(() => {
    trailers = undefined;
  });
}

/** The version of the response that is beginning right now; undefined where the piece is too short to tell. */
export function responseVersion(): string | undefined {
  const start = lastRead?.toString("latin1", 0, 8) ?? "";
  return start.length < 8 ? undefined : start;
}

function instrument<S extends Socket>(socket: S): S {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const read = socket.read.bind(socket);
  socket.write = ((chunk: unknown, ...rest: unknown[]) =>
    write(chunk === LAST_CHUNK && trailers !== undefined ? takeTrailers(trailers) : chunk, ...rest)) as S["write"];
  socket.read = (size) => {
    lastRead = read(size);
    return lastRead;
  };
  return socket;
}

function takeTrailers(fields: FieldList): string {
  trailers = undefined;
  const lines = fields.entries().map(([name, value]) => `${name}: ${value}\r\n`);
  return `\r\n0\r\n${lines.join("")}\r\n`;
}
