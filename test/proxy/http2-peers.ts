import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, connect as connectSocket, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** What a client saw of one response. */
export interface Seen {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  trailers: IncomingHttpHeaders | undefined;
  interim: number[];
}

/** A backend that speaks HTTP/2 by prior knowledge; resolves to its port and what has come in. */
export async function h2Upstream(
  t: TestContext,
  handler: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: string[]) => void,
  settings = {},
): Promise<{ port: number; sessions: Set<ServerHttp2Session> }> {
  const server = createServer({ settings });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream: ServerHttp2Stream, headers, _flags, raw) => {
    stream.on("error", () => {});
    handler(stream, headers, raw as string[]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sessions };
}

export function h2Client(t: TestContext, port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  t.after(() => session.destroy());
  return session;
}

/** Reads a response to its end; rejects when the stream was reset. */
export function seen(stream: ClientHttp2Stream): Promise<Seen> {
  const result: Seen = { status: 0, headers: {}, body: "", trailers: undefined, interim: [] };
  stream.on("headers", (headers) => result.interim.push(Number(headers[":status"])));
  stream.on("response", (headers) => {
    result.headers = headers;
    result.status = Number(headers[":status"]);
  });
  stream.on("trailers", (trailers) => {
    result.trailers = trailers;
  });
  stream.on("data", (chunk) => {
    result.body += chunk;
  });
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("close", () => {
      if (stream.rstCode === 0) resolve(result);
      else reject(new Error(`reset with code ${stream.rstCode}`));
    });
  });
}

export function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Seen> {
  const stream = client.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return seen(stream);
}

/** Names and values as they stand; node:http2 checks less of a list than of an object. */
export function askRaw(client: ClientHttp2Session, raw: string[], endStream = true): ClientHttp2Stream {
  const request = client.request.bind(client) as unknown as (raw: string[], options: object) => ClientHttp2Stream;
  return request(raw, { endStream });
}

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** One frame (RFC 9113 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block without compression: literal fields, never indexed (RFC 7541 6.2.3). */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => Buffer.concat([lengthOf(value), Buffer.from(value, "latin1")]);
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0x10]), text(name), text(value)]));
}

/** RFC 7541 5.1, with a prefix of seven bits. */
function lengthOf({ length }: string): Buffer {
  if (length < 127) return Buffer.from([length]);
  const bytes = [127];
  let rest = length - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

export const GET: readonly (readonly [string, string])[] = [
  [":method", "GET"],
  [":scheme", "http"],
  [":authority", "test"],
  [":path", "/"],
];

export interface RawClient {
  readonly socket: Socket;
  /** Everything that came back so far. */
  received(): Buffer;
  /** The error code of the last GOAWAY; undefined without one. */
  goaway(): number | undefined;
  readonly closed: Promise<void>;
  /** Waits for bytes until the condition holds, or the connection is closed. */
  until(condition: () => boolean): Promise<void>;
}

/** A client that sends what frames it likes, and reads; preface and an empty SETTINGS are sent. */
export async function rawClient(t: TestContext, port: number): Promise<RawClient> {
  const socket = connectSocket(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  t.after(() => socket.destroy());
  await once(socket, "connect");
  socket.write(Buffer.concat([PREFACE, frame(4, 0, 0)]));
  const received = () => Buffer.concat(chunks);
  const until = async (condition: () => boolean) => {
    while (!condition() && !socket.destroyed) await Promise.race([once(socket, "data").catch(() => {}), closed]);
  };
  return { socket, received, closed, until, goaway: () => goawayOf(received()) };
}

function goawayOf(bytes: Buffer): number | undefined {
  let code: number | undefined;
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 7 && at + 17 <= bytes.length) code = bytes.readUInt32BE(at + 13);
  }
  return code;
}
