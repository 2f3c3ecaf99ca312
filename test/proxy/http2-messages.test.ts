import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { snapshot, start, upstream } from "./fixture.ts";
import { ask, askRaw, block, frame, GET, h2Client, PREFACE, rawClient, seen } from "./http2-peers.ts";

type Fields = readonly (readonly [string, string])[];

const changed = (...changes: Fields): Fields => {
  const names = new Set(changes.map(([name]) => name));
  const kept = GET.filter(([name]) => !names.has(name));
  return [...kept, ...changes].sort(([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")));
};

/** Sent as raw frames; none of them may reach the backend. `status` is 0 where nghttp2 resets the stream. */
const REFUSED: { name: string; fields: Fields; status: number; detail?: string }[] = [
  { name: "T01 connection", fields: changed(["connection", "close"]), status: 0 },
  { name: "T01 transfer-encoding", fields: changed(["transfer-encoding", "chunked"]), status: 0 },
  { name: "T01 upgrade", fields: changed(["upgrade", "websocket"]), status: 0 },
  { name: "T01 te other than trailers", fields: changed(["te", "gzip"]), status: 0 },
  { name: "T01 a name in upper case", fields: changed(["X-Upper", "1"]), status: 0 },
  { name: "T03 a path without a slash", fields: changed([":path", "admin"]), status: 0 },
  { name: "T03 a path with a space", fields: changed([":path", "/a b"]), status: 0 },
  { name: "T03 a path with a line break", fields: changed([":path", "/a\r\nx: y"]), status: 0 },
  { name: "T03 * with GET", fields: changed([":path", "*"]), status: 0 },
  { name: "T04 a fragment in the path", fields: changed([":path", "/a#b"]), status: 400, detail: "target_fragment" },
  { name: "T04 an 8-bit path", fields: changed([":path", "/\xff"]), status: 400, detail: "target_form" },
  { name: "T06 another scheme", fields: changed([":scheme", "ftp"]), status: 400, detail: "scheme" },
  { name: "T07 userinfo in the authority", fields: changed([":authority", "u@test"]), status: 0 },
  { name: "T08 a host that differs", fields: changed(["host", "other"]), status: 400, detail: "host_differs" },
  {
    name: "T10 CONNECT",
    fields: [
      [":method", "CONNECT"],
      [":authority", "internal:22"],
    ],
    status: 405,
    detail: "method_refused",
  },
  { name: "TRACE", fields: changed([":method", "TRACE"]), status: 405, detail: "method_refused" },
  { name: "T11 content-length without a body", fields: changed(["content-length", "5"]), status: 0 },
  { name: "another expectation", fields: changed(["expect", "more"]), status: 417, detail: "expectation" },
  {
    name: "D15 101 fields",
    fields: [...GET, ...Array.from({ length: 101 }, (_, index) => [`x-${index}`, "1"] as const)],
    status: 431,
    detail: "too_many_fields",
  },
  {
    name: "D15 500 fields",
    fields: [...GET, ...Array.from({ length: 500 }, (_, index) => [`x-${index}`, "1"] as const)],
    status: 0,
  },
];

for (const each of REFUSED) {
  test(`refused: ${each.name}`, async (t) => {
    let reached = 0;
    const port = await upstream(t, (_request, response) => {
      reached += 1;
      response.end();
    });
    const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const client = await rawClient(t, proxy.port);
    client.socket.write(frame(1, 5, 1, block(each.fields)));
    const answered = () => firstOf(client.received());
    while (answered() === undefined && !client.socket.destroyed) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(reached, 0);
    assert.equal(answered(), each.status === 0 ? "reset" : "headers");
    if (each.status === 0) return;
    const [line] = await proxy.log();
    assert.deepEqual([line?.status, line?.detail, line?.protocol], [each.status, each.detail, "HTTP/2"]);
  });
}

/** What the first frame about a stream, or about the end of the session, was. */
function firstOf(bytes: Buffer): "headers" | "reset" | undefined {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 1) return "headers";
    if (bytes[at + 3] === 3 || bytes[at + 3] === 7) return "reset";
  }
  return undefined;
}

describe("what an HTTP/1.1 backend gets", () => {
  const lines = async (t: Parameters<typeof start>[0], raw: string[]) => {
    let got: string[] = [];
    const port = await upstream(t, (request, response) => {
      got = [...request.rawHeaders];
      response.end();
    });
    const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    await seen(askRaw(h2Client(t, proxy.port), raw));
    return Array.from({ length: got.length / 2 }, (_, i) => `${got[2 * i]}: ${got[2 * i + 1]}`);
  };
  const head = [":method", "GET", ":scheme", "http", ":authority", "test", ":path", "/"];

  test("T14 cookie crumbs are one field again, in order", async (t) => {
    const sent = await lines(t, [...head, "cookie", "a=1", "x-other", "y", "cookie", "b=2", "cookie", "c=3"]);
    assert.deepEqual(
      sent.filter((line) => line.startsWith("cookie")),
      ["cookie: a=1; b=2; c=3"],
    );
  });

  test("T08 one Host, from :authority, whatever its case", async (t) => {
    const sent = await lines(t, [...head, "host", "TEST"]);
    assert.deepEqual(
      sent.filter((line) => /^host:/i.test(line)),
      ["host: test"],
    );
  });

  test("T14 names that are properties of objects pass as names", async (t) => {
    const sent = await lines(t, [...head, "__proto__", "p", "constructor", "c", "te", "trailers"]);
    assert.ok(sent.includes("__proto__: p") && sent.includes("constructor: c"));
    assert.ok(!sent.some((line) => /^(?:te|connection: te|:)/i.test(line)), sent.join("\n"));
  });

  test("fields keep their order and their repetitions", async (t) => {
    const sent = await lines(t, [...head, "x-a", "1", "x-b", "2", "x-a", "3"]);
    assert.deepEqual(
      sent.filter((line) => line.startsWith("x-a") || line.startsWith("x-b")),
      ["x-a: 1", "x-b: 2", "x-a: 3"],
    );
  });
});

test("Expect: 100 comes once the request is let through, and the body after it", async (t) => {
  const port = await upstream(t, (request, response) => void request.pipe(response));
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = h2Client(t, proxy.port);
  const stream = client.request({ ":method": "POST", ":path": "/", expect: "100-continue" }, { endStream: false });
  stream.once("continue", () => stream.end("now"));
  const answer = await seen(stream);
  assert.equal(answer.body, "now");
});

test("a body that nobody wants: the answer is whole, the upload is stopped without an error", async (t) => {
  const proxy = await start(t, snapshot({ rules: [] }));
  const client = h2Client(t, proxy.port);
  const stream = client.request({ ":method": "POST", ":path": "/" }, { endStream: false });
  stream.write("first");
  const answer = await seen(stream);
  assert.equal(answer.status, 404);
});

test("a session is used again after a refusal, and by another client beside HTTP/1.1", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = h2Client(t, proxy.port);
  assert.equal((await ask(client, { ":path": "/a#b" })).status, 400);
  assert.equal((await ask(client, { ":path": "/" })).body, "ok");
  assert.equal(await (await fetch(proxy.url)).text(), "ok");
});

test("the preface in single bytes is understood", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
  t.after(() => socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const byte of [...PREFACE]) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(Buffer.concat([frame(4, 0, 0), frame(1, 5, 1, block(GET))]));
  while (firstOf(Buffer.concat(chunks)) === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(firstOf(Buffer.concat(chunks)), "headers");
});
