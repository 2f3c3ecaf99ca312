import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { settle } from "../settle.ts";
import {
  arena,
  CONTINUATION,
  code,
  DATA,
  END_HEADERS,
  END_STREAM,
  flood,
  get,
  HEADERS,
  PING,
  PRIORITY,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "./http2-arena.ts";
import { block, frame, GET } from "./http2-peers.ts";

const REFUSED_STREAM = 7;
const ENHANCE_YOUR_CALM = 11;
/** Bytes that a flood may make resident, its own buffers and the client's garbage with it; a fraction of what is to be sent. */
const MEMORY = 32 * 1_048_576;

interface Flood {
  readonly name: string;
  readonly pieces: number;
  /** How many go out at once. */
  readonly batch?: number;
  readonly piece: (index: number) => Buffer;
  /** What comes before it. */
  readonly first?: Buffer;
  /** The client never reads. */
  readonly deaf?: boolean;
  /** What our log says; without it, it is Node that closes the connection. */
  readonly detail?: RegExp;
}

const stream = (index: number) => 2 * index + 1;
const post = (id: number) => frame(HEADERS, END_HEADERS, id, block([[":method", "POST"], ...GET.slice(1)]));
const setting = (id: number, value: number) => Buffer.concat([Buffer.from([0, id]), code(value)]);

const FLOODS: Flood[] = [
  {
    name: "D01 rapid reset",
    pieces: 50_000,
    piece: (index) => Buffer.concat([get(stream(index)), frame(RST_STREAM, 0, stream(index), code(8))]),
    detail: /^h2_(early_)?resets$/,
  },
  {
    name: "D02 made to reset by a window update of zero",
    pieces: 5_000,
    piece: (index) => Buffer.concat([get(stream(index)), frame(WINDOW_UPDATE, 0, stream(index), code(0))]),
  },
  {
    name: "D02 a stream that depends on itself",
    pieces: 5_000,
    piece: (index) =>
      Buffer.concat([
        get(stream(index)),
        frame(PRIORITY, 0, stream(index), Buffer.concat([code(stream(index)), Buffer.from([1])])),
      ]),
  },
  {
    name: "D02 data behind the end of the stream",
    pieces: 5_000,
    piece: (index) => Buffer.concat([get(stream(index)), frame(DATA, 0, stream(index), Buffer.from("x"))]),
  },
  {
    name: "D02 the window of a stream overflows",
    pieces: 5_000,
    piece: (index) => Buffer.concat([get(stream(index)), frame(WINDOW_UPDATE, 0, stream(index), code(0x7fffffff))]),
  },
  {
    name: "D03 CONTINUATION without an end",
    first: frame(HEADERS, END_STREAM, 1, block(GET)),
    pieces: 400_000,
    piece: (index) => frame(CONTINUATION, 0, 1, block([[`x-${index}`, "y".repeat(100)]])),
  },
  {
    name: "D04 empty CONTINUATION",
    first: frame(HEADERS, END_STREAM, 1, block(GET)),
    pieces: 20_000,
    piece: () => frame(CONTINUATION, 0, 1),
  },
  { name: "D04 empty DATA", first: post(1), pieces: 20_000, piece: () => frame(DATA, 0, 1) },
  {
    name: "D05 SETTINGS",
    pieces: 50_000,
    piece: () => frame(SETTINGS, 0, 0),
    detail: /^h2_(settings|control_bytes)$/,
  },
  {
    name: "D06 SETTINGS of a client that never reads",
    pieces: 2_000_000,
    piece: () => frame(SETTINGS, 0, 0),
    deaf: true,
  },
  {
    name: "D06 PING of a client that never reads",
    pieces: 2_000_000,
    piece: () => frame(PING, 0, 0, Buffer.alloc(8)),
    deaf: true,
  },
  { name: "D07 PING", pieces: 50_000, piece: () => frame(PING, 0, 0, Buffer.alloc(8)), detail: /^h2_pings$/ },
  {
    name: "D08 PRIORITY",
    pieces: 100_000,
    piece: (index) => frame(PRIORITY, 0, stream(index % 1_000), Buffer.concat([code(0), Buffer.from([index & 255])])),
  },
  {
    name: "D09 WINDOW_UPDATE by one",
    pieces: 200_000,
    piece: () => frame(WINDOW_UPDATE, 0, 0, code(1)),
    detail: /^h2_control_bytes$/,
  },
  {
    name: "D10 frames of an unknown type",
    pieces: 200_000,
    piece: () => frame(0x42, 0, 0, Buffer.alloc(4)),
  },
  {
    batch: 5,
    name: "D14 a field of 3.9 KB, named 12,000 times by one byte each",
    pieces: 200,
    piece: (index) => {
      const field = Buffer.concat([
        Buffer.from([0x40, 1]),
        Buffer.from("x"),
        Buffer.from([0x7f, 0xbd, 0x1d]),
        Buffer.alloc(3_900, "y"),
      ]);
      const bomb = Buffer.concat([block(GET), field, Buffer.alloc(12_000, 0xbe)]);
      return frame(HEADERS, END_HEADERS | END_STREAM, stream(index), bomb);
    },
  },
  {
    name: "D18 the size of the header table to and fro",
    pieces: 10_000,
    piece: (index) => frame(SETTINGS, 0, 0, setting(1, index % 2 === 0 ? 0 : 65_536)),
    detail: /^h2_(settings|control_bytes)$/,
  },
];

for (const each of FLOODS) {
  test(`${each.name}: the connection is closed, a probe is answered within 250 ms`, async (t) => {
    const { client, proxy, requests } = await arena(t);
    if (each.deaf) client.socket.pause();
    if (each.first !== undefined) client.socket.write(each.first);
    const before = process.memoryUsage.rss();
    const most = await flood(client, each.pieces, each.piece, each.batch);
    client.socket.resume();
    await client.closed;
    proxy.unwatch();
    assert.ok(most - before < MEMORY, `${most - before} bytes more were resident`);
    assert.ok(requests.begun < 500, `${requests.begun} requests reached the backend`);
    const lines = await proxy.log();
    const refusals = lines.filter(({ detail }) => detail.startsWith("h2_"));
    if (each.detail !== undefined) assert.match(refusals[0]?.detail ?? "none", each.detail);
    // A reset of the connection may overtake the GOAWAY.
    if (each.detail !== undefined) assert.ok([undefined, ENHANCE_YOUR_CALM].includes(client.goaway()));
    while (proxy.proxy.active > 0) await new Promise((resolve) => setImmediate(resolve));
  });
}

test("D12 more streams than allowed: the rest is refused", async (t) => {
  const { client, requests } = await arena(t);
  await flood(client, 300, (index) => get(stream(index)));
  const refused = () => codesOf(client.received(), RST_STREAM).filter((each) => each === REFUSED_STREAM).length;
  await client.until(() => refused() >= 100);
  assert.ok(requests.most <= 100, `${requests.most} requests ran at once`);
});

/** The error codes of the frames of a type, in order. */
function codesOf(bytes: Buffer, type: number): number[] {
  const codes: number[] = [];
  for (let at = 0; at + 13 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === type) codes.push(bytes.readUInt32BE(at + 9));
  }
  return codes;
}

const SILENCES: { name: string; bytes: Buffer }[] = [
  { name: "nothing behind the preface", bytes: Buffer.alloc(0) },
  { name: "half a frame", bytes: get(1).subarray(0, 12) },
  { name: "HEADERS without END_HEADERS", bytes: frame(HEADERS, END_STREAM, 1, block(GET)) },
];

for (const { name, bytes } of SILENCES) {
  test(`D16 ${name}, then silence: closed`, async (t) => {
    const { client, proxy } = await arena(t, { headersTimeout: 100 });
    client.socket.write(bytes);
    await client.closed;
    const lines = await proxy.log();
    assert.ok(
      lines.some(({ status, flags, detail }) => status === 408 && flags === "SI" && /first_request/.test(detail)),
    );
  });
}

test("a part of the preface, then silence: 408 and closed", async (t) => {
  const clock = manualClock();
  const { proxy } = await arena(t, { headersTimeout: 1_000 }, clock);
  proxy.unwatch();
  const socket = connect(proxy.port, "127.0.0.1");
  t.after(() => socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.write("PRI * HT");
  await once(socket, "connect");
  await settle();
  clock.advance(2_000);
  await once(socket, "close");
  assert.match(text, /^HTTP\/1\.1 408 /);
});

test("a request whose body never comes: 408 in the log, the stream is reset", async (t) => {
  const { client, proxy } = await arena(t, { requestTimeout: 100 });
  const post = block([[":method", "POST"], ...GET.slice(1)]);
  client.socket.write(frame(HEADERS, END_HEADERS, 1, post));
  await client.until(() => codesOf(client.received(), RST_STREAM).length > 0);
  const line = () => proxy.log().then((lines) => lines.find(({ status }) => status === 408));
  while ((await line()) === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await line())?.flags, "SI");
  proxy.unwatch();
  while (proxy.proxy.active > 0) await new Promise((resolve) => setImmediate(resolve));
});
