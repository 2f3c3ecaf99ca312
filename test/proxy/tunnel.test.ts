import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { stage } from "./actors.ts";
import { backend, plugin, raw, rawUpstream, rule, snapshot, start } from "./fixture.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const PROOF = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const ASK =
  "GET /chat HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
  `sec-websocket-key: ${KEY}\r\nsec-websocket-version: 13\r\n\r\n`;
const SWITCH =
  "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
  `sec-websocket-accept: ${PROOF}\r\nx-from: backend\r\n\r\n`;

/** Switches protocols and sends back what comes. */
function echo(t: TestContext): Promise<number> {
  return rawUpstream(t, (socket) => {
    socket.once("data", () => {
      socket.write(SWITCH, "latin1");
      socket.pipe(socket);
    });
  });
}

class Peer {
  readonly #socket: Socket;
  text = "";

  constructor(t: TestContext, port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    t.after(() => this.#socket.destroy());
  }

  say(text: string): void {
    this.#socket.write(text, "latin1");
  }

  end(): void {
    this.#socket.end();
  }

  async hears(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await once(this.#socket, "data");
  }

  /** Orderly or by a reset. */
  closes(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once("close", () => resolve()));
  }
}

async function tunnel(t: TestContext, port: number): Promise<Peer> {
  const peer = new Peer(t, port);
  peer.say(ASK);
  await peer.hears(/^HTTP\/1\.1 101 .*\r\n\r\n/s);
  return peer;
}

test("the line of a tunnel is written at its end, with the bytes of both directions", async (t) => {
  const port = await echo(t);
  const { port: front, log, proxy } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const peer = await tunnel(t, front);
  assert.match(peer.text, /x-from: backend/);
  peer.say("hello");
  await peer.hears(/hello$/);
  assert.equal(proxy.active, 1);
  peer.end();
  await peer.closes();
  const [line] = await log();
  const { status, bytesReceived, bytesSent, flags } = line ?? {};
  assert.deepEqual(
    { status, bytesReceived, bytesSent, flags },
    { status: 101, bytesReceived: 5, bytesSent: 5, flags: "-" },
  );
});

test("neither timeout of the rule ends a tunnel; they end what never becomes one", async (t) => {
  const port = await echo(t);
  let asked = Promise.withResolvers<void>();
  const hanging = await rawUpstream(t, (socket) => void socket.on("data", () => asked.resolve()));
  const backends = [backend("test/hang:80")];
  const rules = [
    rule({ requestTimeout: 10_000, backendTimeout: 6_000 }),
    rule({ name: "test/route/1", path: "/never", requestTimeout: 10_000, backends }),
  ];
  const clusters = { "test/app:80": [port], "test/hang:80": [hanging] };
  const clock = manualClock();
  const { port: front } = await start(t, snapshot({ rules, clusters }), { clock });
  const peer = await tunnel(t, front);
  // The first of these is over when the tunnel would have been.
  for (let i = 0; i < 2; i += 1) {
    const answer = raw(front, ASK.replace("/chat", "/never"), { until: /\r\n\r\n.*\n/s });
    await asked.promise;
    asked = Promise.withResolvers<void>();
    clock.advance(20_000);
    assert.match((await answer).text, /^HTTP\/1\.1 504 /);
  }
  peer.say("still here");
  await peer.hears(/still here$/);
});

const filtered = (port: number) =>
  snapshot({ rules: [rule({ plugins: ["a"] })], plugins: [plugin("a")], clusters: { "test/app:80": [port] } });

test("filters see the 101 and may change its fields", async (t) => {
  const port = await echo(t);
  const theatre = await stage({ a: {} });
  const { port: front } = await start(t, filtered(port), { slots: theatre.slots });
  const peer = await tunnel(t, front);
  assert.match(peer.text, /\r\nx-backward: a\r\n/);
  peer.say("hello");
  await peer.hears(/hello$/);
});

test("a filter that answers in place of the 101: its response, and no tunnel", async (t) => {
  const closed = Promise.withResolvers<void>();
  const port = await rawUpstream(t, (socket) => {
    socket.on("close", () => closed.resolve());
    socket.once("data", () => socket.write(SWITCH, "latin1"));
  });
  const theatre = await stage({ a: { response: "respond" } });
  const { port: front, log } = await start(t, filtered(port), { slots: theatre.slots });
  const answer = await raw(front, ASK, { until: /\r\n\r\n/ });
  assert.match(answer.text, /^HTTP\/1\.1 410 /);
  await closed.promise;
  assert.equal((await log())[0]?.flags, "FA");
});

test("drain waits for a tunnel until its deadline, then closing cuts it", async (t) => {
  const port = await echo(t);
  const { port: front, proxy, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const peer = await tunnel(t, front);
  assert.deepEqual(await proxy.drain(40), { cut: 1 });
  peer.say("alive");
  await peer.hears(/alive$/);
  await proxy.close();
  await peer.closes();
  assert.equal((await log())[0]?.flags, "LR");
});
