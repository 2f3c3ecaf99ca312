import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { TLSSocket } from "node:tls";
import { authority, certificateFor } from "../certificates.ts";
import { raw, rawUpstream, snapshot, start } from "./fixture.ts";
import { trusting } from "./secure-upstream.ts";

const CA = authority("Test CA");
const { chain: cert, key } = certificateFor(["app.test"], { issuer: CA });

/** A proxy before an endpoint that does what it likes, over TLS; `below` is the socket that carries it. */
async function front(t: TestContext, onConnection: (socket: TLSSocket, below: Socket) => void) {
  const port = await rawUpstream(t, (below) => {
    below.allowHalfOpen = true;
    const socket = new TLSSocket(below, { isServer: true, cert, key });
    socket.allowHalfOpen = true;
    onConnection(
      socket.on("error", () => {}),
      below,
    );
  });
  return start(t, snapshot({ clusters: { "test/app:80": [port] }, tls: trusting(CA) }));
}

const PROOF_OF = (key: string) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** What a socket has read, and waits for a part of it. */
function reading(socket: Socket): { until(part: string): Promise<string> } {
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
  });
  return {
    async until(part) {
      while (!text.includes(part)) await once(socket, "data");
      return text;
    },
  };
}

test("a WebSocket over TLS: bytes go both ways, what comes with the 101 too, and each half closes by itself", async (t) => {
  const backends: TLSSocket[] = [];
  const { port, log } = await front(t, (socket) => {
    backends.push(socket);
    socket.once("data", (head: Buffer) => {
      const key = /^sec-websocket-key: (.*)\r$/im.exec(head.toString("latin1"))?.[1] ?? "";
      const fields = `upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${PROOF_OF(key)}`;
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\nhello`, "latin1");
    });
  });
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => client.destroy());
  const seen = reading(client);
  const fields = "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
  client.write(`GET /chat HTTP/1.1\r\nhost: a.test\r\n${fields}\r\nsec-websocket-version: 13\r\n\r\n`);
  assert.match(await seen.until("hello"), /^HTTP\/1\.1 101 /);
  const [backend] = backends as [TLSSocket];
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

describe("the endpoint goes without a closure alert (RFC 9112 9.8)", () => {
  const ask = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";
  type Row = [name: string, head: string, body: string, isWhole: boolean];
  const rows: Row[] = [
    ["the whole of a known length", "content-length: 5", "hello", true],
    ["the whole of a chunked body", "transfer-encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", true],
    ["a part of a known length", "content-length: 6", "hello", false],
    ["a part of a chunked body", "transfer-encoding: chunked", "5\r\nhello\r\n", false],
    ["nothing of a known length", "content-length: 6", "", false],
  ];
  for (const [name, field, body, isWhole] of rows) {
    test(`after ${name}: ${isWhole ? "an answer" : "the client's answer is cut off as well"}`, async (t) => {
      const { port, log } = await front(t, (socket, below) => {
        socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n${body}`, () => leave(below)));
      });
      const { text, clean } = await raw(port, ask);
      const isComplete = clean && /hello(\r\n0\r\n\r\n)?$/.test(text) && !/content-length: 6/i.test(text);
      assert.equal(isComplete, isWhole, text);
      const [line] = await log();
      assert.equal(line?.flags, isWhole ? "-" : "UC");
    });
  }

  // Node does not tell an alert from a connection that just ends; nginx takes both for the end of such a body as well.
  test("after a body that ends with its connection: an answer, as with the alert", async (t) => {
    const { port, log } = await front(t, (socket, below) => {
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\nhello", () => leave(below)));
    });
    const { text, clean } = await raw(port, ask);
    assert.deepEqual([/hello(\r\n0\r\n\r\n)?$/.test(text), clean, (await log())[0]?.flags], [true, true, "-"]);
  });

  test("within the head: 502", async (t) => {
    const { port, log } = await front(t, (socket, below) => {
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-le", () => leave(below)));
    });
    assert.match((await raw(port, ask)).text, /^HTTP\/1\.1 502 /);
    assert.match((await log())[0]?.flags ?? "", /^U(C|PE)$/);
  });
});

/** Ends the connection below TLS, which so says nothing. */
function leave(below: Socket): void {
  Reflect.apply(Socket.prototype.end, below, []);
}
