import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import type { Exchange } from "../../runtime/http/exchange.ts";
import { listenHttp } from "../../runtime/http/listen.ts";

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
