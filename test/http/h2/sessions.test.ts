import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Exchange } from "../../../runtime/http/exchange.ts";
import { createH2Front, type H2Front } from "../../../runtime/http/h2/h2-front.ts";
import type { H2Limits } from "../../../runtime/http/h2/h2-limits.ts";
import type { Refusal } from "../../../runtime/http/inbound.ts";
import { listenHttp } from "../../../runtime/http/listen.ts";
import { certificateFor } from "../../certificates.ts";
import { code, END_HEADERS, END_STREAM, get, HEADERS, WINDOW_UPDATE } from "../../proxy/http2-arena.ts";
import { ask, block, frame, GET, h2Client, PREFACE, rawClient } from "../../proxy/http2-peers.ts";

const [FLOW_CONTROL_ERROR, COMPRESSION_ERROR, SETTINGS, CONTINUATION] = [3, 9, 4, 9];

interface Stand {
  readonly port: number;
  readonly front: H2Front;
  readonly refusals: Refusal[];
  /** Sockets that are open. */
  open(): number;
}

async function stand(
  t: TestContext,
  serve: (exchange: Exchange) => void,
  limits: Partial<H2Limits> = {},
): Promise<Stand> {
  const refusals: Refusal[] = [];
  const front = createH2Front({ exchange: serve, refused: (refusal) => void refusals.push(refusal) }, limits);
  let open = 0;
  const server = createServer((socket) => {
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
    front.accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    front.close();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, front, refusals, open: () => open };
}

function hello(exchange: Exchange): void {
  exchange.response.status = 200;
  exchange.begin(true);
  exchange.write(Buffer.from("hello"));
  exchange.end(undefined);
}

test("D11 the window of the session overflows, on 1,000 connections: GOAWAY each time, and nothing stays", async (t) => {
  const { port, open } = await stand(t, hello);
  for (let i = 0; i < 1_000; i += 1) {
    const client = await rawClient(t, port);
    client.socket.write(frame(WINDOW_UPDATE, 0, 0, code(0x7fffffff)));
    await client.closed;
    assert.equal(client.goaway(), FLOW_CONTROL_ERROR);
  }
  while (open() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("D13 a client that gives no room, 100 responses of 4 MB: little waits for it, and it is cut off", async (t) => {
  const gone: string[] = [];
  let written = 0;
  const { port } = await stand(
    t,
    (exchange) => {
      exchange.response.status = 200;
      exchange.begin(true);
      const chunk = new Uint8Array(16_384);
      let left = 4 * 1_048_576;
      const more = () => {
        while (left > 0) {
          left -= chunk.length;
          written += chunk.length;
          if (!exchange.write(chunk)) return;
        }
        exchange.end(undefined);
      };
      exchange.listener = { drained: more, gone: (departure) => void gone.push(departure), ended() {} };
      more();
    },
    { stallTimeout: 100 },
  );
  const client = await rawClient(t, port);
  client.socket.write(frame(SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), code(0)])));
  for (let i = 0; i < 100; i += 1) client.socket.write(get(2 * i + 1));
  while (gone.length < 100) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(new Set(gone), new Set(["stalled"]));
  assert.ok(written <= 10 * 1_048_576, `${written} bytes were taken for a client that reads nothing`);
});

test("D15 a list of fields of 200 KB: refused, and no exchange", async (t) => {
  let exchanges = 0;
  const { port } = await stand(t, () => {
    exchanges += 1;
  });
  const client = await rawClient(t, port);
  const pieces = Array.from({ length: 50 }, (_, index) => block([[`x-${index}`, "y".repeat(4_096)]]));
  const last = pieces.pop() as Buffer;
  client.socket.write(
    Buffer.concat([
      frame(HEADERS, END_STREAM, 1, block(GET)),
      ...pieces.map((piece) => frame(CONTINUATION, 0, 1, piece)),
      frame(CONTINUATION, END_HEADERS, 1, last),
    ]),
  );
  await client.until(
    () => client.received().includes(frame(3, 0, 1, code(0)).subarray(3, 9)) || client.goaway() !== undefined,
  );
  assert.equal(exchanges, 0);
});

test("D17 header blocks that are none, over TLS: the connection is closed, the next one is served", async (t) => {
  const inbound = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    tls: { certificateFor: () => certificate },
    handlers: { exchange: hello, refused: () => {} },
  });
  t.after(() => inbound.close());
  const certificate = certificateFor(["a.test"]);
  for (let i = 0; i < 20; i += 1) {
    const socket = connectTls({
      port: inbound.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
    });
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    const bad = frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.alloc(100, 0xff));
    socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), bad]));
    // Half of them leave in the middle of it.
    if (i % 2 === 1) socket.destroy();
    await once(socket, "close");
    if (i % 2 === 0) assert.ok(Buffer.concat(chunks).includes(code(COMPRESSION_ERROR)));
  }
  const session = connect(`https://127.0.0.1:${inbound.port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  assert.equal((await ask(session, { ":path": "/" })).body, "hello");
});

for (const [name, payload] of [
  ["the index 0", Buffer.from([0x80])],
  ["an index that is not in the table", Buffer.from([0xff, 0x20])],
  ["a change of the table's size behind a field", Buffer.concat([block(GET), Buffer.from([0x3f, 0xe1, 0x1f])])],
  ["a table that is larger than ours", Buffer.concat([Buffer.from([0x3f, 0xe2, 0xff, 0x7f]), block(GET)])],
] as const) {
  test(`D18 a header block with ${name}: COMPRESSION_ERROR`, async (t) => {
    const { port } = await stand(t, hello);
    const client = await rawClient(t, port);
    client.socket.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, payload));
    await client.closed;
    assert.equal(client.goaway(), COMPRESSION_ERROR);
  });
}

test("a session without requests is closed after its idle time, one with a request is not", async (t) => {
  const slow = Promise.withResolvers<Exchange>();
  const { port } = await stand(t, slow.resolve, { idleTimeout: 80 });
  const idle = await rawClient(t, port);
  idle.socket.write(get(1));
  const exchange = await slow.promise;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(idle.socket.destroyed, false);
  hello(exchange);
  await idle.closed;
  assert.equal(idle.goaway(), 0);
});

test("an upload that nobody reads stops at its window", async (t) => {
  const arrived = Promise.withResolvers<Exchange>();
  const { port } = await stand(t, arrived.resolve);
  const stream = h2Client(t, port).request({ ":path": "/", ":method": "POST" }, { endStream: false });
  stream.on("error", () => {});
  let written = 0;
  const chunk = Buffer.alloc(16_384);
  const fill = () => {
    while (stream.writableLength < 262_144) {
      stream.write(chunk);
      written += chunk.length;
    }
  };
  fill();
  const exchange = await arrived.promise;
  let read = 0;
  exchange.readBody({
    write(bytes) {
      read += bytes.length;
      return false;
    },
    end() {},
    fail() {},
  });
  const before = () => stream.writableLength;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(before() > 262_144 - 2 * 65_535 - chunk.length, `${written - before()} bytes went out`);
  assert.ok(read <= 65_535, `${read} bytes were read`);
});
