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
import { describe, type TestContext, test } from "node:test";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import { certificateFor } from "../certificates.ts";
import { backend, type Running, rule, snapshot, start } from "./fixture.ts";
import { h2Upstream } from "./http2-peers.ts";

const CERTIFICATE = { name: "test/grpc", ...certificateFor(["grpc.test"]), hosts: ["grpc.test"], notAfter: 0 };

/** Length-prefixed messages (gRPC over HTTP/2). */
function message(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Cuts a stream of bytes into messages, however it was cut on its way. */
async function* messages(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
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

type Service = (stream: ServerHttp2Stream, path: string) => Promise<void>;

interface Stage extends Running {
  readonly client: ClientHttp2Session;
}

const HEAD = { ":status": 200, "content-type": "application/grpc" };

function answer(stream: ServerHttp2Stream, status: number, text = ""): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status), "grpc-message": text }));
}

async function stage(
  t: TestContext,
  secure: boolean,
  service: Service,
  change = (given: Snapshot) => given,
): Promise<Stage> {
  const { port } = await h2Upstream(t, (stream, headers) => {
    assert.equal(headers.te, "trailers");
    service(stream, headers[":path"] as string).catch(() => stream.destroy());
  });
  const given = change(snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const tls = { certificates: [CERTIFICATE] };
  const listeners = given.listeners.map((each) => (secure ? { ...each, tls } : each));
  const running = await start(t, { ...given, listeners });
  const url = `${secure ? "https" : "http"}://127.0.0.1:${running.port}`;
  const client = connect(url, { rejectUnauthorized: false, servername: "grpc.test" });
  client.on("error", () => {});
  t.after(() => client.destroy());
  return { ...running, client };
}

function call(client: ClientHttp2Session, path: string, headers = {}): ClientHttp2Stream {
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
async function statusOf(stream: ClientHttp2Stream): Promise<Status> {
  const trailers = once(stream, "trailers").catch(() => []) as Promise<[IncomingHttpHeaders] | []>;
  const [head, flags] = (await once(stream, "response")) as [IncomingHttpHeaders, number];
  assert.equal(head[":status"], 200);
  assert.equal(head["content-type"], "application/grpc");
  const trailersOnly = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  const fields = trailersOnly ? head : ((await trailers)[0] ?? {});
  return { status: fields["grpc-status"] as string, text: fields["grpc-message"] as string, trailersOnly };
}

for (const secure of [false, true]) {
  describe(secure ? "gRPC over TLS" : "gRPC by prior knowledge", () => {
    test("unary, also with a subtype of the content", async (t) => {
      const { client } = await stage(t, secure, async (stream) => {
        answer(stream, 0, "fine");
        for await (const each of messages(stream)) stream.write(message(`hello ${each}`));
        stream.end();
      });
      const stream = call(client, "/shop.Greeter/Greet");
      stream.end(message("Ada"));
      const status = statusOf(stream);
      const [reply] = await Array.fromAsync(messages(stream));
      assert.equal(String(reply), "hello Ada");
      assert.deepEqual(await status, { status: "0", text: "fine", trailersOnly: false });
    });

    test("trailers only", async (t) => {
      const { client } = await stage(t, secure, async (stream) => {
        stream.respond({ ...HEAD, "grpc-status": "5", "grpc-message": "no such thing" }, { endStream: true });
      });
      const stream = call(client, "/shop.Greeter/Greet");
      stream.end(message("Ada"));
      stream.resume();
      assert.deepEqual(await statusOf(stream), { status: "5", text: "no such thing", trailersOnly: true });
    });

    test("both ways at once: each message is answered before the next, the client's end comes through", async (t) => {
      const { client } = await stage(t, secure, async (stream) => {
        answer(stream, 0);
        let count = 0;
        for await (const each of messages(stream)) {
          count += 1;
          stream.write(message(`${each}!`));
        }
        stream.end(message(`${count} in all`));
      });
      const stream = call(client, "/shop.Greeter/Chat");
      const status = statusOf(stream);
      const replies: string[] = [];
      stream.write(message("m0"));
      for await (const each of messages(stream)) {
        replies.push(String(each));
        if (replies.length < 20) stream.write(message(`m${replies.length}`));
        else if (replies.length === 20) stream.end();
      }
      assert.deepEqual(replies, [...Array.from({ length: 20 }, (_, index) => `m${index}!`), "20 in all"]);
      assert.equal((await status).status, "0");
    });

    test("a large stream that is read slowly comes whole, and stops the backend meanwhile", async (t) => {
      const total = 24;
      const large = Buffer.alloc(262_144, "0123456789abcdef!");
      let written = 0;
      const { client } = await stage(t, secure, async (stream) => {
        answer(stream, 0);
        stream.resume();
        for (; written < total; written += 1) if (!stream.write(message(large))) await once(stream, "drain");
        stream.end();
      });
      const stream = call(client, "/shop.Files/Get");
      stream.end(message("all"));
      const status = statusOf(stream);
      let read = 0;
      for await (const each of messages(stream)) {
        assert.ok(each.equals(large));
        read += 1;
        if (read === 1) assert.ok(written < total, "nothing held the backend back");
      }
      assert.equal(read, total);
      assert.equal((await status).status, "0");
    });

    test("a large upload that is read slowly stops the client meanwhile", async (t) => {
      const large = Buffer.alloc(262_144, "0123456789abcdef!");
      const { client } = await stage(t, secure, async (stream) => {
        let bytes = 0;
        for await (const each of messages(stream)) bytes += each.length;
        answer(stream, 0);
        stream.end(message(String(bytes)));
      });
      const stream = call(client, "/shop.Files/Put");
      const status = statusOf(stream);
      for (let i = 0; i < 16; i += 1) if (!stream.write(message(large))) await once(stream, "drain");
      stream.end();
      const [reply] = await Array.fromAsync(messages(stream));
      assert.equal(String(reply), String(16 * large.length));
      assert.equal((await status).status, "0");
    });

    test("a client that cancels: the backend's stream is reset", async (t) => {
      const cancelled = Promise.withResolvers<number>();
      const { client, log } = await stage(t, secure, async (stream) => {
        stream.once("close", () => cancelled.resolve(stream.rstCode));
        answer(stream, 0);
        stream.write(message("first"));
        stream.resume();
      });
      const stream = call(client, "/shop.Greeter/Watch");
      await once(stream, "data");
      stream.close(constants.NGHTTP2_CANCEL);
      assert.notEqual(await cancelled.promise, constants.NGHTTP2_NO_ERROR);
      assert.equal((await log())[0]?.flags, "DC");
    });
  });
}

describe("what we say ourselves is said in gRPC's terms", () => {
  const never: Service = () => Promise.resolve();
  const only = (given: Snapshot, ...rules: Parameters<typeof rule>[0][]): Snapshot => ({
    ...given,
    listeners: given.listeners.map((each) => ({
      ...each,
      routes: [{ name: "test/route", age: 0, hostnames: [], rules: rules.map((options) => rule(options)) }],
    })),
  });
  const cases: [name: string, change: (given: Snapshot) => Snapshot, status: string, text: string, flags: string][] = [
    ["no route", (given) => only(given, { path: "/other" }), "12", "no route matches", "NR"],
    [
      "a backend that does not exist",
      (given) => only(given, { invalid: "gone" }),
      "2",
      "the route has no usable backend",
      "NC",
    ],
    [
      "no endpoint",
      (given) => only({ ...given, clusters: new Map() }, { backends: [backend("test/none:80", { invalid: "x" })] }),
      "2",
      "the route has no usable backend",
      "NC",
    ],
    [
      "no connection",
      (given) => ({ ...given, clusters: unreachable(given) }),
      "14",
      "the backend could not be reached",
      "UF",
    ],
    [
      "a deadline of the route",
      (given) => only(given, { requestTimeout: 40 }),
      "14",
      "the backend took too long",
      "UT",
    ],
  ];
  for (const [name, change, status, text, flags] of cases) {
    test(`${name}: ${status}, ${text}`, async (t) => {
      const { client, log } = await stage(t, false, never, change);
      const stream = call(client, "/shop.Greeter/Greet", { "content-type": "application/grpc+proto" });
      stream.write(message("Ada"));
      stream.resume();
      assert.deepEqual(await statusOf(stream), { status, text, trailersOnly: true });
      assert.equal((await log())[0]?.flags, flags);
    });
  }

  test("others get HTTP: gRPC-Web, JSON", async (t) => {
    const { client } = await stage(t, false, never, (given) => only(given, { path: "/other" }));
    for (const type of ["application/grpc-web", "application/json"]) {
      const stream = call(client, "/", { "content-type": type });
      stream.end("{}");
      const [head] = (await once(stream, "response")) as [IncomingHttpHeaders];
      assert.deepEqual([head[":status"], head["grpc-status"]], [404, undefined]);
      stream.resume();
    }
  });
});

/** Endpoints where nothing listens. */
function unreachable(given: Snapshot): Snapshot["clusters"] {
  const closed = [{ address: "127.0.0.1", port: 1, ready: true }];
  return new Map([...given.clusters].map(([name, cluster]) => [name, { ...cluster, endpoints: closed }]));
}
