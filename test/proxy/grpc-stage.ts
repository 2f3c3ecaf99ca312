import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { TestContext } from "node:test";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import type { ProxyOptions } from "../../runtime/proxy/proxy.ts";
import { certificateFor } from "../certificates.ts";
import { type Running, rule, snapshot, start } from "./fixture.ts";
import { h2Upstream } from "./http2-peers.ts";

const CERTIFICATE = { name: "test/grpc", ...certificateFor(["grpc.test"]), hosts: ["grpc.test"], notAfter: 0 };

/** Length-prefixed messages (gRPC over HTTP/2). */
export function message(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Cuts a stream of bytes into messages, however it was cut on its way. */
export async function* messages(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      yield rest.subarray(5, end);
      rest = rest.subarray(end);
    }
  }
  assert.equal(rest.length, 0, "a message came in part only");
}

export type Service = (stream: ServerHttp2Stream, path: string, headers: IncomingHttpHeaders) => Promise<void>;

interface Stage extends Running {
  readonly client: ClientHttp2Session;
}

export const HEAD = { ":status": 200, "content-type": "application/grpc" };

export function answer(stream: ServerHttp2Stream, status: number, text = ""): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status), "grpc-message": text }));
}

export async function stage(
  t: TestContext,
  secure: boolean,
  service: Service,
  change = (given: Snapshot) => given,
  options: Partial<ProxyOptions> = {},
): Promise<Stage> {
  const { port } = await h2Upstream(t, (stream, headers) => {
    assert.equal(headers.te, "trailers");
    service(stream, headers[":path"] as string, headers).catch(() => stream.destroy());
  });
  const given = change(snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const tls = { certificates: [CERTIFICATE] };
  const listeners = given.listeners.map((each) => (secure ? { ...each, tls } : each));
  const running = await start(t, { ...given, listeners }, options);
  const url = `${secure ? "https" : "http"}://127.0.0.1:${running.port}`;
  const client = connect(url, { rejectUnauthorized: false, servername: "grpc.test" });
  client.on("error", () => {});
  t.after(() => client.destroy());
  return { ...running, client };
}

export function call(client: ClientHttp2Session, path: string, headers = {}): ClientHttp2Stream {
  const head = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  return client.request({ ...head, ...headers }, { endStream: false });
}

interface Status {
  readonly status: string | undefined;
  readonly text: string | undefined;
  /** Whether the head was all of the response. */
  readonly trailersOnly: boolean;
}

/** The status of a call, from its trailers or, where that is all there is, from its head. */
export async function statusOf(stream: ClientHttp2Stream): Promise<Status> {
  const trailers = once(stream, "trailers").catch(() => []) as Promise<[IncomingHttpHeaders] | []>;
  const [head, flags] = (await once(stream, "response")) as [IncomingHttpHeaders, number];
  assert.equal(head[":status"], 200);
  assert.equal(head["content-type"], "application/grpc");
  const trailersOnly = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  const fields = trailersOnly ? head : ((await trailers)[0] ?? {});
  return { status: fields["grpc-status"] as string, text: fields["grpc-message"] as string, trailersOnly };
}

/** The one route of a snapshot has these rules. */
export function withRules(given: Snapshot, ...rules: Parameters<typeof rule>[0][]): Snapshot {
  const route = { name: "test/route", age: 0, hostnames: [], rules: rules.map((options) => rule(options)) };
  return { ...given, listeners: given.listeners.map((each) => ({ ...each, routes: [route] })) };
}
