import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import type { Exchange } from "../../runtime/http/exchange.ts";
import { listenHttp } from "../../runtime/http/listen.ts";
import { settle } from "../settle.ts";

test("a client that reads nothing is cut off after the stall timeout", async (t) => {
  const gone = Promise.withResolvers<string>();
  const inbound = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    limits: { stallTimeout: 100 },
    handlers: {
      exchange(exchange: Exchange) {
        exchange.response.status = 200;
        exchange.begin(true);
        const chunk = new Uint8Array(1_048_576);
        const more = () => {
          for (let i = 0; i < 64; i += 1) if (!exchange.write(chunk)) return;
        };
        exchange.listener = { drained: more, gone: gone.resolve, ended() {} };
        more();
      },
      refused: () => {},
    },
  });
  t.after(() => inbound.close());
  const socket = connect(inbound.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  socket.pause().on("error", () => {});
  t.after(() => socket.destroy());
  assert.equal(await gone.promise, "stalled");
});

test("connections that are held are served once they are released, and closed with the listener otherwise", async (t) => {
  for (const isReleased of [true, false]) {
    let exchanges = 0;
    const inbound = await listenHttp({
      ...{ host: "127.0.0.1", port: 0, held: true },
      handlers: {
        exchange(exchange) {
          exchanges += 1;
          exchange.response.status = 204;
          exchange.begin(false);
          exchange.end(undefined);
        },
        refused: () => {},
      },
    });
    t.after(() => inbound.close());
    let text = "";
    const socket = connect(inbound.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
    socket
      .on("error", () => {})
      .on("data", (chunk) => {
        text += chunk;
      });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    while (inbound.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    await settle();
    assert.deepEqual([exchanges, text], [0, ""]);
    if (isReleased) {
      inbound.release();
      while (!text.endsWith("\r\n\r\n")) await new Promise((resolve) => setImmediate(resolve));
    }
    await inbound.close();
    await closed;
    assert.deepEqual([exchanges, /^HTTP\/1\.1 204 /.test(text)], isReleased ? [1, true] : [0, false]);
  }
});

test("a client that was held and has reset its connection is not served: it has no address any more", async (t) => {
  const addresses: string[] = [];
  const inbound = await listenHttp({
    ...{ host: "127.0.0.1", port: 0, held: true },
    handlers: { exchange: ({ connection }) => addresses.push(connection.clientAddress), refused: () => {} },
  });
  t.after(() => inbound.close());
  const socket = connect(inbound.port, "127.0.0.1").on("error", () => {});
  await new Promise<void>((resolve) => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n", () => resolve()));
  while (inbound.connections === 0) await settle();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resetAndDestroy();
  await closed;
  inbound.release();
  while (inbound.connections > 0) await settle();
  assert.deepEqual(addresses, []);
});

test("connections are counted, and a closed listener has none", async () => {
  const arrived = Promise.withResolvers<void>();
  const inbound = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    handlers: { exchange: () => arrived.resolve(), refused: () => {} },
  });
  const socket = connect(inbound.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  socket.on("error", () => {});
  await arrived.promise;
  assert.equal(inbound.connections, 1);
  await inbound.close();
  assert.equal(inbound.connections, 0);
});

test("a taken port rejects with the system's error", async (t) => {
  const handlers = { exchange: () => {}, refused: () => {} };
  const first = await listenHttp({ host: "127.0.0.1", port: 0, handlers });
  t.after(() => first.close());
  await assert.rejects(listenHttp({ host: "127.0.0.1", port: first.port, handlers }), { code: "EADDRINUSE" });
});

test("listeners that say so share a port", async (t) => {
  const served = [0, 0];
  const share = (index: number, port: number) =>
    listenHttp({
      host: "127.0.0.1",
      port,
      reusePort: true,
      handlers: {
        exchange(exchange) {
          served[index] = (served[index] ?? 0) + 1;
          exchange.abort();
        },
        refused: () => {},
      },
    });
  const first = await share(0, 0);
  const second = await share(1, first.port);
  t.after(() => Promise.all([first.close(), second.close()]));
  assert.equal(first.port, second.port);
  for (let i = 0; i < 200 && Math.min(...served) === 0; i += 1) {
    const socket = connect(first.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
    await new Promise((resolve) => socket.on("error", () => {}).on("close", resolve));
  }
  assert.ok(Math.min(...served) > 0, `${served}`);
});

test("HTTP/2 by prior knowledge beside HTTP/1.1, and each is counted while it is open", async (t) => {
  const inbound = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    handlers: {
      exchange(exchange) {
        exchange.response.status = 200;
        exchange.begin(true);
        exchange.write(Buffer.from(exchange.connection.protocol));
        exchange.end(undefined);
      },
      refused: () => {},
    },
  });
  t.after(() => inbound.close());
  const session = connectHttp2(`http://127.0.0.1:${inbound.port}`);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/" });
  let body = "";
  for await (const chunk of stream) body += chunk;
  assert.equal(body, "HTTP/2");
  assert.equal(await (await fetch(`http://127.0.0.1:${inbound.port}`)).text(), "HTTP/1.1");
  session.close();
  while (inbound.connections > 1) await new Promise((resolve) => setImmediate(resolve));
});
