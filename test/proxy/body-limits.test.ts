import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { NEXT } from "../../runtime/wasm/verdict.ts";
import { plugin, raw, rule, snapshot, start, upstream } from "./fixture.ts";
import { ask, h2Client } from "./http2-peers.ts";
import { type Script, slotsOf, WHOLE } from "./scripted.ts";

/** A filter that wants requests whole, and may keep ten bytes. */
const SMALL: Script = { onRequest: () => WHOLE, onRequestBody: () => NEXT, bodyBytes: 10 };

/** One filter in front of a backend that sends bodies back. */
async function play(t: TestContext, script: Script) {
  const seen: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const port = await upstream(t, async (request, response) => {
    const body = await buffer(request).catch(() => Buffer.from("cut"));
    seen.push({ headers: request.headers, body: body.toString() });
    response.end(body);
  });
  const given = snapshot({
    ...{ rules: [rule({ plugins: ["a"] })], plugins: [plugin("a")], clusters: { "test/app:80": [port] } },
  });
  return { ...(await start(t, given, { slots: slotsOf({ a: script }) })), seen };
}

for (const [name, script, status] of [
  ["request", SMALL, 413],
  ["response", { onResponse: () => WHOLE, onResponseBody: () => NEXT, bodyBytes: 10 }, 502],
] as const satisfies readonly (readonly [string, Script, number])[]) {
  test(`a ${name} larger than a filter may keep: ${status}`, async (t) => {
    const { url, log } = await play(t, script);
    const response = await fetch(url, { method: "POST", body: "x".repeat(11) });
    assert.equal(response.status, status);
    assert.equal(((await response.json()) as { error: string }).error, "the body is too large");
    const [line] = await log();
    assert.equal(line?.flags, "BL");
    assert.equal((await fetch(url, { method: "POST", body: "x".repeat(10) })).status, 200);
  });
}

test("S07 an announced body larger than a filter may keep: 413 before any of it comes, and no 100", async (t) => {
  const { port, seen } = await play(t, SMALL);
  const head = "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n";
  const { text } = await raw(port, head);
  assert.match(text, /^HTTP\/1\.1 413 .*connection: close/is);
  assert.equal(seen.length, 0);
});

test("S07 a chunked body: 413 at the limit, whatever follows, and the connection is closed", async (t) => {
  const { port, seen } = await play(t, SMALL);
  const head = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  const { text } = await raw(port, `${head}b\r\nhello world\r\n`);
  assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1);
  assert.match(text, /^HTTP\/1\.1 413 .*connection: close/is);
  assert.equal(seen.length, 0);
});

test("S07 over HTTP/2: 413 at the limit, the stream ends, the session goes on", async (t) => {
  const { port } = await play(t, SMALL);
  const session = h2Client(t, port);
  const large = await ask(session, { ":path": "/", ":method": "POST", "content-length": "11" }, "hello world");
  const unannounced = await ask(session, { ":path": "/", ":method": "POST" }, "hello world");
  assert.deepEqual([large.status, unannounced.status], [413, 413]);
  assert.equal((await ask(session, { ":path": "/", ":method": "POST" }, "hello")).body, "hello");
});

test("S08 codings are nobody's business here: fifty of them, and a body that only looks packed, pass as they are", async (t) => {
  const codings = Array.from({ length: 50 }, () => "gzip").join(", ");
  const { url, seen } = await play(t, { ...SMALL, bodyBytes: 100 });
  const body = Buffer.from([0x1f, 0x8b, 8, 0, 0xff]);
  const response = await fetch(url, { method: "POST", body, headers: { "content-encoding": codings } });
  assert.deepEqual([response.status, seen[0]?.headers["content-encoding"]], [200, codings]);
  assert.equal(seen[0]?.body, body.toString());
});
