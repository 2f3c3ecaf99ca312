import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { backend, rule } from "../proxy/fixture.ts";
import { converse, readResponses } from "./client.ts";
import { PATIENCE_OF_OTHERS, startProbe } from "./probe.ts";
import { type Heddle, startHeddle } from "./target.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const accept = (key: string): string =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(KEY)}\r\n\r\n`;
const FIELDS = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`;
const HANDSHAKE = `GET /ws HTTP/1.1\r\nHost: a.test\r\n${FIELDS}\r\n`;
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n";

interface Side {
  readonly socket: Socket;
  bytes: Buffer;
  ended: boolean;
  closed: boolean;
}

function sideOf(socket: Socket): Side {
  const side: Side = { socket, bytes: Buffer.alloc(0), ended: false, closed: false };
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  Object.defineProperty(side, "bytes", {
    get: () => {
      if (pieces.length > 1) pieces.splice(0, pieces.length, Buffer.concat(pieces));
      return pieces[0] ?? Buffer.alloc(0);
    },
  });
  socket.on("error", () => {});
  socket.on("end", () => {
    side.ended = true;
  });
  socket.on("close", () => {
    side.closed = true;
  });
  return side;
}

async function until(holds: () => boolean): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > 20_000) throw new Error(`never: ${holds}`);
    await setImmediate();
  }
}

interface Place {
  readonly heddle: Heddle;
  /** What the backend of `/ws` accepted, the newest last. */
  readonly served: Side[];
  open(bytes?: string): Side;
  /** Ends the probe before a drain, after which no client is owed an answer. */
  unwatch(): void;
}

/** @param answer what the backend says as soon as a head is complete; undefined: nothing */
async function place(t: TestContext, answer: string | undefined = SWITCH): Promise<Place> {
  const served: Side[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const side = sideOf(socket);
    served.push(side);
    const look = () => {
      if (!side.bytes.includes("\r\n\r\n")) return;
      socket.off("data", look);
      if (answer !== undefined) socket.write(answer, "latin1");
    };
    socket.on("data", look);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const rules = [rule({ name: "test/ws/0", path: "/ws", backends: [backend("test/ws:80")] }), rule()];
  const heddle = await startHeddle({ rules, clusters: { "test/ws:80": [port] } });
  const clients: Socket[] = [];
  const probe = startProbe(heddle.port);
  let worst: number | undefined;
  const unwatch = () => {
    worst ??= probe.stop();
  };
  t.after(async () => {
    unwatch();
    for (const socket of [...clients, ...served.map((side) => side.socket)]) socket.destroy();
    await heddle.close();
    await new Promise((resolve) => server.close(resolve));
    assert.ok((worst ?? 0) <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
  });
  return {
    heddle,
    served,
    unwatch,
    open(bytes = HANDSHAKE) {
      const socket = connect({ port: heddle.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
      clients.push(socket);
      socket.write(bytes, "latin1");
      return sideOf(socket);
    },
  };
}

/** The bytes behind the head. */
const behind = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf("\r\n\r\n") + 4);
const textOf = (side: Side): string => side.bytes.toString("latin1");

async function tunnel(t: TestContext): Promise<Pick<Place, "heddle" | "unwatch"> & { client: Side; origin: Side }> {
  const { heddle, open, served, unwatch } = await place(t);
  const client = open();
  await until(() => textOf(client).includes("\r\n\r\n") && served.length === 1);
  assert.match(textOf(client), /^HTTP\/1\.1 101 /);
  return { client, origin: served[0] as Side, heddle, unwatch };
}

const line = (fields: string, method = "GET", version = "1.1"): string =>
  `${method} /ws HTTP/${version}\r\nHost: a.test\r\n${fields}\r\n`;
const without = (name: string): string =>
  FIELDS.split("\r\n")
    .filter((each) => !each.startsWith(name))
    .join("\r\n");

for (const [name, bytes, statuses] of [
  ["a key that is too short", line(FIELDS.replace(KEY, "c2hvcnQ=")), [400]],
  ["a key that is no base64", line(FIELDS.replace(KEY, "!!!!!!!!!!!!!!!!!!!!!!==")), [400]],
  ["no key", line(without("Sec-WebSocket-Key")), [400]],
  ["two keys", line(`${FIELDS}Sec-WebSocket-Key: ${KEY}\r\n`), [400]],
  ["version 777", line(FIELDS.replace("13", "777")), [426]],
  ["no version", line(without("Sec-WebSocket-Version")), [426]],
  ["POST", line(FIELDS, "POST"), [400]],
  ["a body by length", `${line(`${FIELDS}Content-Length: 5\r\n`)}hello`, [400]],
  ["a body by chunks", `${line(`${FIELDS}Transfer-Encoding: chunked\r\n`)}0\r\n\r\n`, [400]],
] as const) {
  test(`Q01 ${name}: ${statuses}, and no tunnel`, async (t) => {
    const { heddle, served } = await place(t);
    const { text, ending } = await converse(heddle.port, [bytes + SMUGGLED]);
    assert.deepEqual(
      readResponses(text, ["GET"]).finals.map(({ status }) => status),
      [...statuses],
    );
    assert.notEqual(ending, "open");
    assert.equal(served.length, 0);
    assert.equal(heddle.origin.requests.length, 0);
    assert.deepEqual(
      heddle.lines.map((each) => each.status),
      [...statuses],
    );
  });
}

for (const [name, fields, version] of [
  ["without Connection", without("Connection"), "1.1"],
  ["in HTTP/1.0", FIELDS, "1.0"],
  [
    "Q06 h2c",
    FIELDS.replace("websocket", "h2c").replace("Upgrade\r\n", "Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n"),
    "1.1",
  ],
  ["Q06 websocket and h2c", FIELDS.replace("websocket", "websocket, h2c"), "1.1"],
  ["Q06 TLS/1.0", FIELDS.replace("websocket", "TLS/1.0"), "1.1"],
] as const) {
  test(`Q01 ${name}: an ordinary request without the upgrade`, async (t) => {
    const { heddle } = await place(t);
    const { text } = await converse(heddle.port, [
      `GET /x HTTP/${version}\r\nHost: a.test\r\n${fields.replace("Connection: ", "Connection: close, ")}\r\n`,
    ]);
    assert.equal(readResponses(text, ["GET"], false).finals[0]?.status, 200, text);
    const [request] = heddle.origin.requests;
    assert.equal(
      request?.fields.some(([field]) => field === "upgrade" || field === "http2-settings"),
      false,
    );
  });
}

for (const [name, answer] of [
  ["a wrong Sec-WebSocket-Accept", SWITCH.replace(accept(KEY), accept("x"))],
  ["no Sec-WebSocket-Accept", SWITCH.replace(/Sec-[^\r]*\r\n/, "")],
  ["another protocol", SWITCH.replace("websocket", "h2c")],
  ["no Connection", SWITCH.replace(/Connection[^\r]*\r\n/, "")],
  ["a body", SWITCH.replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nhello")],
] as const) {
  test(`Q01 a 101 with ${name}: 502, no tunnel`, async (t) => {
    const { heddle } = await place(t, answer);
    const { text, ending } = await converse(heddle.port, [HANDSHAKE], {
      until: (heard) => / 502 .*\}\n?$/s.test(heard),
    });
    assert.equal(readResponses(text, ["GET"]).finals[0]?.status, 502, `${ending} ${text}`);
  });
}

for (const status of [200, 403]) {
  test(`Q02 the backend answers ${status}: an ordinary response, and the connection stays HTTP`, async (t) => {
    const { open } = await place(t, `HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`);
    const client = open();
    await until(() => textOf(client).endsWith("no"));
    client.socket.write("GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
    await until(() => client.ended);
    const { finals, wrong } = readResponses(textOf(client), ["GET", "GET"]);
    assert.equal(wrong, undefined);
    assert.deepEqual(
      finals.map((each) => each.status),
      [status, 200],
    );
  });
}

test("Q03 bytes behind the handshake belong to the tunnel", async (t) => {
  const { heddle, open, served } = await place(t);
  const client = open(HANDSHAKE + SMUGGLED);
  await until(() => textOf(client).includes("\r\n\r\n") && served.length === 1);
  await until(() => behind((served[0] as Side).bytes).toString() === SMUGGLED);
  assert.equal(heddle.origin.requests.length, 0);
});

test("Q03 bytes behind a handshake that is refused are no request", async (t) => {
  const { heddle, open } = await place(t, "HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno");
  const client = open(HANDSHAKE + SMUGGLED);
  await until(() => client.ended);
  assert.equal(readResponses(textOf(client), ["GET"]).finals.length, 1);
  assert.equal(heddle.origin.requests.length, 0);
});

test("Q03 a flood behind a handshake that is not answered: the client has to wait, memory does not grow", async (t) => {
  const { open, served } = await place(t, "");
  const client = open();
  await until(() => served.length === 1);
  const before = process.memoryUsage().arrayBuffers;
  const piece = Buffer.alloc(65_536, "x");
  let sent = 0;
  while (sent < 40_000_000 && client.socket.write(piece)) {
    sent += piece.length;
    await setImmediate();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(client.socket.writableLength > 0, "everything was taken");
  assert.ok(process.memoryUsage().arrayBuffers - before < 4_000_000);
});

test("Q04 a 101 to a request without Upgrade: 502, and the backend's connection is gone", async (t) => {
  const { heddle, served } = await place(t);
  const { text } = await converse(heddle.port, ["GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"]);
  assert.equal(readResponses(text, ["GET"]).finals[0]?.status, 502);
  await until(() => served.length > 0 && served.every(({ ended, closed }) => ended || closed));
});

test("Q05 both directions, byte for byte, 16 MB each at once", async (t) => {
  const { client, origin } = await tunnel(t);
  const [up, down] = [randomBytes(16_000_000), randomBytes(16_000_000)];
  client.socket.write(up);
  origin.socket.write(down);
  await until(() => behind(origin.bytes).length === up.length && behind(client.bytes).length === down.length);
  assert.ok(behind(origin.bytes).equals(up) && behind(client.bytes).equals(down));
});

for (const first of ["client", "origin"] as const) {
  test(`Q05 the ${first} closes its half first: the other half goes on until it is closed too`, async (t) => {
    const sides = await tunnel(t);
    const [one, other] = first === "client" ? [sides.client, sides.origin] : [sides.origin, sides.client];
    one.socket.end("last words");
    await until(() => other.ended);
    assert.ok(other.bytes.toString("latin1").endsWith("last words"));
    other.socket.write("an answer");
    await until(() => one.bytes.toString("latin1").endsWith("an answer"));
    other.socket.end();
    await until(() => one.ended && sides.heddle.proxy.active === 0);
    assert.deepEqual(
      sides.heddle.lines.map(({ status }) => status),
      [101],
    );
  });

  test(`Q05 the ${first} resets: the other side hears of it`, async (t) => {
    const sides = await tunnel(t);
    const [one, other] = first === "client" ? [sides.client, sides.origin] : [sides.origin, sides.client];
    one.socket.resetAndDestroy();
    await until(() => other.closed || other.ended);
    await until(() => sides.heddle.proxy.active === 0);
    assert.equal(sides.heddle.lines.length, 1);
  });
}

test("Q05 a drain with a tunnel open ends it at the deadline, not before", async (t) => {
  const { client, origin, heddle, unwatch } = await tunnel(t);
  unwatch();
  const drained = heddle.proxy.drain(150);
  client.socket.write("still");
  await until(() => origin.bytes.toString("latin1").endsWith("still"));
  assert.deepEqual(await drained, { cut: 1 });
});

test("Q08 frames of all kinds pass unread: fragmented, reserved bits, bad UTF-8, lengths that lie", async (t) => {
  const { client, origin } = await tunnel(t);
  const frames = Buffer.concat([
    Buffer.from([0x01, 0x83, 1, 2, 3, 4, 0x49, 0x67, 0x6f]),
    Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc0, 0xaf]),
    Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from("\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
    randomBytes(100_000),
  ]);
  for (let at = 0; at < frames.length; at += 7_919) {
    client.socket.write(frames.subarray(at, at + 7_919));
    await setImmediate();
  }
  await until(() => behind(origin.bytes).length === frames.length);
  assert.ok(behind(origin.bytes).equals(frames));
});
