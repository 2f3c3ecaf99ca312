import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { snapshot, start, upstream } from "./fixture.ts";
import { block, frame, GET, type RawClient, rawClient } from "./http2-peers.ts";

const ENHANCE_YOUR_CALM = 11;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const END_HEADERS = 4;
const END_STREAM = 1;

/** A proxy with short times, a backend that never answers `/` and answers `/probe` at once. */
async function arena(t: TestContext, limits = {}) {
  const requests = { begun: 0, running: 0, most: 0 };
  const port = await upstream(t, (request, response) => {
    if (request.url === "/probe") {
      response.end("alive");
      return;
    }
    requests.begun += 1;
    requests.running += 1;
    requests.most = Math.max(requests.most, requests.running);
    request.socket.once("close", () => {
      requests.running -= 1;
    });
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }), { limits });
  const probe = await startProbe(t, proxy.port);
  return { proxy, requests, probe, client: await rawClient(t, proxy.port) };
}

/** Asks again and again on a connection of its own; the longest answer in milliseconds. */
async function startProbe(t: TestContext, port: number): Promise<{ stop(): Promise<number> }> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  let running = true;
  const loop = async () => {
    let longest = 0;
    while (running) {
      const began = performance.now();
      socket.write("GET /probe HTTP/1.1\r\nhost: test\r\n\r\n");
      let text = "";
      while (!text.includes("alive")) text += String((await once(socket, "data"))[0]);
      longest = Math.max(longest, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return longest;
  };
  const finished = loop();
  return {
    stop() {
      running = false;
      return finished;
    },
  };
}

async function flood({ socket }: RawClient, pieces: number, piece: (index: number) => Buffer): Promise<void> {
  for (let i = 0; i < pieces && !socket.destroyed; i += 100) {
    const many = Array.from({ length: Math.min(100, pieces - i) }, (_, index) => piece(i + index));
    if (!socket.write(Buffer.concat(many))) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const get = (stream: number, end = END_STREAM) => frame(HEADERS, END_HEADERS | end, stream, block(GET));
const code = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Without a `detail` it is Node that closes the connection. */
const FLOODS: { name: string; pieces: number; piece: (index: number) => Buffer; detail?: RegExp }[] = [
  {
    name: "D01 rapid reset",
    pieces: 5_000,
    piece: (index) => Buffer.concat([get(2 * index + 1), frame(RST_STREAM, 0, 2 * index + 1, code(8))]),
    detail: /^h2_(early_)?resets$/,
  },
  {
    name: "D02 made to reset by a window update of zero",
    pieces: 5_000,
    piece: (index) => Buffer.concat([get(2 * index + 1), frame(WINDOW_UPDATE, 0, 2 * index + 1, code(0))]),
  },
  {
    name: "D05 SETTINGS",
    pieces: 50_000,
    piece: () => frame(SETTINGS, 0, 0),
    detail: /^h2_(settings|control_bytes)$/,
  },
  { name: "D07 PING", pieces: 50_000, piece: () => frame(PING, 0, 0, Buffer.alloc(8)), detail: /^h2_pings$/ },
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
];

for (const each of FLOODS) {
  test(`${each.name}: the connection is closed, a probe is answered within 250 ms`, async (t) => {
    // The control bytes are counted every quarter of the shortest time.
    const { client, proxy, probe, requests } = await arena(t, { headersTimeout: 2_000 });
    await flood(client, each.pieces, each.piece);
    await client.closed;
    assert.ok((await probe.stop()) < 250);
    assert.ok(requests.begun < 500, `${requests.begun} requests reached the backend`);
    const lines = await proxy.log();
    const refusals = lines.filter(({ detail }) => detail.startsWith("h2_"));
    if (each.detail !== undefined) assert.match(refusals[0]?.detail ?? "none", each.detail);
    // A reset of the connection may overtake the GOAWAY.
    if (each.detail !== undefined) assert.ok([undefined, ENHANCE_YOUR_CALM].includes(client.goaway()));
    assert.equal(proxy.proxy.active, 0);
  });
}

test("D12 more streams than allowed: the rest is refused", async (t) => {
  const { client, probe, requests } = await arena(t);
  await flood(client, 300, (index) => get(2 * index + 1));
  const refusals = () => {
    const bytes = client.received();
    let count = 0;
    for (let at = 0; at + 13 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
      if (bytes[at + 3] === RST_STREAM && bytes.readUInt32BE(at + 9) === 7) count += 1;
    }
    return count;
  };
  while (!client.socket.destroyed && (refusals() < 100 || requests.begun < 100)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(requests.most <= 100, `${requests.most} requests ran at once`);
  assert.ok((await probe.stop()) < 250);
});

const SILENCES: { name: string; bytes: Buffer }[] = [
  { name: "nothing behind the preface", bytes: Buffer.alloc(0) },
  { name: "half a frame", bytes: get(1).subarray(0, 12) },
  { name: "HEADERS without END_HEADERS", bytes: frame(HEADERS, END_STREAM, 1, block(GET)) },
];

for (const { name, bytes } of SILENCES) {
  test(`D16 ${name}, then silence: closed`, async (t) => {
    const { client, proxy, probe } = await arena(t, { headersTimeout: 100 });
    client.socket.write(bytes);
    await client.closed;
    await probe.stop();
    const lines = await proxy.log();
    assert.ok(
      lines.some(({ status, flags, detail }) => status === 408 && flags === "SI" && /first_request/.test(detail)),
    );
  });
}

test("a part of the preface, then silence: 408 and closed", async (t) => {
  const { proxy, probe } = await arena(t, { headersTimeout: 100 });
  await probe.stop();
  const socket = connect(proxy.port, "127.0.0.1");
  t.after(() => socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.write("PRI * HT");
  await once(socket, "close");
  assert.match(text, /^HTTP\/1\.1 408 /);
});

test("a request whose body never comes: 408 in the log, the stream is reset", async (t) => {
  const { client, proxy, probe } = await arena(t, { headersTimeout: 100, requestTimeout: 100 });
  await probe.stop();
  const post = block([[":method", "POST"], ...GET.slice(1)]);
  client.socket.write(frame(HEADERS, END_HEADERS, 1, post));
  const cut = async () => (await proxy.log()).some(({ status, flags }) => status === 408 && flags === "SI");
  const deadline = performance.now() + 5_000;
  while (!(await cut()) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(await cut());
  assert.equal(proxy.proxy.active, 0);
});
