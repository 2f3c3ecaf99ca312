import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "../../../../runtime/http/exchange.ts";
import { askRaw, rawClient } from "./raw-client.ts";
import { answer, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";
const POST = `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\n`;

const fault = () => {
  throw new Error("ours");
};

const FAULTS: { name: string; handle: (exchange: Exchange) => void }[] = [
  { name: "the handler", handle: fault },
  { name: "what reads the body", handle: (exchange) => exchange.readBody({ write: fault, end() {}, fail() {} }) },
  { name: "what hears the end of the body", handle: (e) => e.readBody({ write: () => true, end: fault, fail() {} }) },
];

for (const { name, handle } of FAULTS) {
  test(`an exception of ours before the head, by ${name}: 500 and a closed connection`, async (t) => {
    let thrown = false;
    const served = await serve(t, (exchange) => {
      if (exchange.request.target === "/next") return answer(exchange, 200, "ok");
      thrown = true;
      return handle(exchange);
    });
    const client = rawClient(t, served.port, POST);
    client.send("abc");
    assert.equal(await client.ended(), "closed");
    assert.match(
      client.text,
      /^HTTP\/1\.1 500 [\s\S]*connection: close\r\n\r\n\{"error":"internal server error","code":500\}$/,
    );
    assert.equal(thrown, true);
    assert.equal(served.faults.length, 1);
    assert.equal(served.ended, 1);
    assert.equal(served.exchanges[0]?.response.status, 500);
    assert.match(await askRaw(t, served.port, `GET /next HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`), /ok$/);
  });
}

test("an exception of ours behind the head: a reset", async (t) => {
  const served = await serve(t, (exchange) => {
    exchange.response.status = 200;
    exchange.begin(true);
    exchange.write(Buffer.from("partial"));
    exchange.readBody({ write: fault, end() {}, fail() {} });
  });
  const client = rawClient(t, served.port, POST);
  await client.until(/partial/);
  client.send("abc");
  assert.equal(await client.ended(), "reset");
  assert.equal(served.faults.length, 1);
  assert.equal(served.ended, 1);
});

test("an exception of ours when the client has room again: a reset, and the process lives", async (t) => {
  const served = await serve(t, (exchange) => {
    exchange.response.status = 200;
    exchange.begin(true);
    exchange.listener = { drained: fault, gone() {}, ended() {} };
    while (exchange.write(Buffer.alloc(262_144)));
  });
  const client = rawClient(t, served.port, `GET / HTTP/1.1\r\n${HOST}\r\n`);
  client.socket.resume();
  assert.equal(await client.ended(), "reset");
  assert.equal(served.faults.length, 1);
});
