import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "../../../../runtime/http/exchange.ts";
import { askRaw, rawClient } from "./raw-client.ts";
import { answer, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;

const ENDINGS = [
  { name: "HTTP/1.1 stays open", request: GET, stays: true },
  { name: "connection: close", request: `GET / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`, stays: false },
  { name: "close among options", request: `GET / HTTP/1.1\r\n${HOST}connection: x, Close\r\n\r\n`, stays: false },
  { name: "HTTP/1.0 closes", request: `GET / HTTP/1.0\r\n${HOST}\r\n`, stays: false },
  { name: "HTTP/1.0 keep-alive", request: `GET / HTTP/1.0\r\n${HOST}connection: keep-alive\r\n\r\n`, stays: true },
  {
    name: "HTTP/1.0 keep-alive and close",
    request: `GET / HTTP/1.0\r\n${HOST}connection: keep-alive, close\r\n\r\n`,
    stays: false,
  },
];

for (const { name, request, stays } of ENDINGS) {
  test(`after the response: ${name}`, async (t) => {
    const served = await serve(t, undefined, { keepAliveTimeout: 5_000 });
    const client = rawClient(t, served.port, request);
    const text = await client.until(/ok$/);
    if (stays) {
      assert.match(text, /\r\nconnection: keep-alive\r\nkeep-alive: timeout=5\r\n/);
      client.send(`GET /again HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
      await client.ended();
      assert.equal(served.exchanges.length, 2);
    } else {
      assert.match(text, /\r\nconnection: close\r\n/);
      client.send(GET);
      assert.equal(await client.ended(), "closed");
      assert.equal(served.exchanges.length, 1);
    }
  });
}

test("the last request that a connection may carry is told so", async (t) => {
  const served = await serve(t, undefined, { requestsPerConnection: 3 });
  const text = await askRaw(t, served.port, GET.repeat(5));
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
  assert.equal(text.match(/connection: close/g)?.length, 1);
  assert.match(text, /connection: close\r\n\r\nok$/);
});

test("a connection without a request is closed a little after the time that was announced", async (t) => {
  const served = await serve(t, undefined, { keepAliveTimeout: 5_000 });
  const client = rawClient(t, served.port, GET);
  await client.until(/ok$/);
  served.pass(5_100);
  client.send(GET);
  await client.until(/ok[\s\S]*ok$/);
  served.pass(5_100);
  served.pass(1_000);
  assert.equal(await client.ended(), "closed");
  assert.equal(served.exchanges.length, 2);
  assert.deepEqual(served.refusals, []);
});

test("an exchange that takes long is not taken for an idle connection", async (t) => {
  let held: Exchange | undefined;
  const served = await serve(
    t,
    (exchange) => {
      held = exchange;
    },
    { keepAliveTimeout: 1_000, headersTimeout: 1_000, requestTimeout: 1_000 },
  );
  const client = rawClient(t, served.port, GET);
  while (held === undefined) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 100; i += 1) served.pass(1_000);
  answer(held, 200, "late");
  assert.match(await client.until(/late$/), /^HTTP\/1\.1 200 OK/);
});

test("pipelined requests are served one at a time and answered in order; what waits is bounded", async (t) => {
  const running: Exchange[] = [];
  const served = await serve(t, (exchange) => void running.push(exchange));
  const client = rawClient(t, served.port, GET.repeat(20_000));
  while (running.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(running.length, 1);
  for (let i = 0; i < 100; i += 1) {
    while (running.length <= i) await new Promise((resolve) => setImmediate(resolve));
    answer(running[i] as Exchange, 200, `<${i}>`);
  }
  const text = await client.until(/<99>$/);
  assert.deepEqual(
    [...text.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number)),
    Array.from({ length: 100 }, (_, index) => index),
  );
});

test("drain: idle connections end at once, a running one with its response", async (t) => {
  let held: Exchange | undefined;
  const served = await serve(t, (exchange) => {
    if (exchange.request.target === "/held") held = exchange;
    else answer(exchange, 200, "ok");
  });
  const idle = rawClient(t, served.port, GET);
  await idle.until(/ok$/);
  const silent = rawClient(t, served.port);
  const busy = rawClient(t, served.port, `GET /held HTTP/1.1\r\n${HOST}\r\n`);
  while (held === undefined || served.connections() < 3) await new Promise((resolve) => setImmediate(resolve));
  served.drain();
  await Promise.all([idle.ended(), silent.ended()]);
  assert.equal(silent.text, "");
  answer(held, 200, "late");
  assert.equal(await busy.ended(), "closed");
  assert.match(busy.text, /connection: close\r\n\r\nlate$/);
});

test("connections above the cap are refused; those that are open are served", async (t) => {
  const served = await serve(t, undefined, { connections: 2 });
  const first = rawClient(t, served.port);
  const second = rawClient(t, served.port);
  while (served.connections() < 2) await new Promise((resolve) => setImmediate(resolve));
  const third = rawClient(t, served.port, GET);
  await third.ended();
  assert.equal(third.text, "");
  for (const client of [first, second]) {
    client.send(GET);
    await client.until(/ok$/);
  }
  first.socket.destroy();
  while (served.connections() > 1) await new Promise((resolve) => setImmediate(resolve));
  assert.match(await rawClient(t, served.port, GET).until(/ok$/), /200 OK/);
});
