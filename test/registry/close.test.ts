import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { AUTH, startRegistry } from "./fixture.ts";

const HEAD = `host: x\r\nauthorization: ${AUTH.authorization}\r\n`;

async function dial(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** A watch sends its headers at once and goes on: the connection is busy when `close` begins. */
async function watching(url: string): Promise<Socket> {
  const socket = await dial(url);
  socket.write(`GET /api/v1/mesh/shop/watch?node=a HTTP/1.1\r\n${HEAD}\r\n`);
  await once(socket, "data");
  return socket;
}

test("connections that are kept alive do not hold up a close, whether idle or busy when it begins", async () => {
  const { registry, stop } = await startRegistry({ closeGrace: 60_000 });
  const { url } = await registry.listen();
  const idle = await dial(url);
  idle.write(`GET /healthz HTTP/1.1\r\n${HEAD}\r\n`);
  await once(idle, "data");
  const busy = await watching(url);
  const before = performance.now();
  await stop();
  assert.ok(performance.now() - before < 40_000, "the keep-alive timeout is 75 s, the grace 60 s");
  idle.destroy();
  busy.destroy();
});

test("a request in flight is answered while the registry closes", async () => {
  const { registry, client, stop } = await startRegistry({ closeGrace: 60_000 });
  const { url } = await registry.listen();
  const { headers } = await client.send("POST", "/v2/late/blobs/uploads/");
  const upload = request(`${url}${headers.location}`, { method: "PATCH", headers: AUTH });
  const reply = once(upload, "response");
  upload.write("first");
  await once(registry.app.server, "request");
  const closed = stop();
  upload.end(" last");
  const [{ statusCode }] = await reply;
  assert.equal(statusCode, 202);
  await closed;
});

test("connections that say nothing, or never finish, are cut after the grace", async () => {
  const { registry, client, stop } = await startRegistry({ closeGrace: 100 });
  const { url } = await registry.listen();
  const { headers } = await client.send("POST", "/v2/late/blobs/uploads/");
  const silent = await dial(url);
  const stalled = await dial(url);
  stalled.write(`PATCH ${headers.location} HTTP/1.1\r\n${HEAD}content-length: 1000\r\n\r\nfirst`);
  await once(registry.app.server, "request");
  const gone = Promise.all([once(silent, "close"), once(stalled, "close")]);
  await Promise.all([stop(), gone]);
});
