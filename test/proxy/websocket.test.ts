import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { rawUpstream, snapshot, start } from "./fixture.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const PROOF = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const ASK = `GET /chat HTTP/1.1\r\nhost: a.test\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: ${KEY}\r\nsec-websocket-version: 13\r\n\r\n`;
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${PROOF}\r\n\r\n`;

/** Collects what a socket reads, and waits for something in it. */
function reading(socket: Socket): { text: () => string; until: (part: string) => Promise<void> } {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });
  return {
    text: () => text,
    async until(part) {
      while (!text.includes(part)) await once(socket, "data");
    },
  };
}

test("a WebSocket: bytes of any kind go both ways, what comes with the 101 too, and each half closes by itself", async (t) => {
  const backends: Socket[] = [];
  const port = await rawUpstream(t, (socket) => {
    socket.allowHalfOpen = true;
    backends.push(socket);
    socket.once("data", () => socket.write(`${SWITCH}hello`, "latin1"));
  });
  const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = connect({ port: front, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => client.destroy());
  const seen = reading(client);
  client.write(ASK);
  await seen.until("hello");
  assert.match(seen.text(), /^HTTP\/1\.1 101 /);
  assert.match(seen.text(), /^upgrade: websocket\r$/im);
  assert.ok(seen.text().includes(`sec-websocket-accept: ${PROOF}\r\n`));
  const [backend] = backends as [Socket];
  const got = reading(backend);
  client.write("\x81\x05GET / HTTP/1.1\r\n\r\n\0\xff", "latin1");
  await got.until("\0\xff");
  backend.write("\x82\x01\0", "latin1");
  await seen.until("\x82\x01\0");
  const ended = once(backend, "end");
  client.end();
  await ended;
  backend.end("bye");
  await seen.until("bye");
  const [line] = await log();
  assert.deepEqual([line?.status, line?.flags], [101, "-"]);
});

test("a 101 with the wrong proof is a 502", async (t) => {
  const port = await rawUpstream(t, (socket) => {
    socket.once("data", () => socket.write(SWITCH.replace(PROOF, "x"), "latin1"));
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = connect(front, "127.0.0.1");
  t.after(() => client.destroy());
  const seen = reading(client);
  client.write(ASK);
  await seen.until("\r\n\r\n");
  assert.match(seen.text(), /^HTTP\/1\.1 502 /);
});

test("a backend that does not switch answers, and its client's connection goes on", async (t) => {
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno"));
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = connect(front, "127.0.0.1");
  t.after(() => client.destroy());
  const seen = reading(client);
  client.write(ASK);
  await seen.until("no");
  assert.match(seen.text(), /^HTTP\/1\.1 403 /);
});
