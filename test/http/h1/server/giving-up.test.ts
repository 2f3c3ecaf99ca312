import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BodySink, Exchange } from "../../../../runtime/http/exchange.ts";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { rawClient } from "./raw-client.ts";
import { answer, type Served, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";
const INNER = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn();
}

/** A sink that gives the body up, and answers, as soon as it gets something, while it gets it. */
function quitter(exchange: Exchange): BodySink {
  let over = false;
  const quit = () => {
    if (over) return true;
    over = true;
    exchange.discardBody();
    answer(exchange, 500, "no");
    return true;
  };
  return { write: quit, frame: undefined, end() {}, fail() {} };
}

const UPLOADS = [
  { name: "of a known length", framing: `content-length: ${4 + INNER.length}\r\n\r\n`, body: `abcd${INNER}` },
  {
    name: "in chunks",
    framing: "transfer-encoding: chunked\r\n\r\n",
    body: `4\r\nabcd\r\n${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  },
];

for (const { name, framing, body } of UPLOADS) {
  for (const cut of [4, 9, 30]) {
    test(`a body ${name} that is given up while it is handed over never becomes a request (cut at ${cut})`, async (t) => {
      const served = await serve(t, (exchange) => exchange.readBody(quitter(exchange)));
      const head = `POST / HTTP/1.1\r\n${HOST}${framing}`;
      const client = rawClient(t, served.port, head + body.slice(0, cut));
      await client.until(/no$/);
      client.send(body.slice(cut));
      await client.ended();
      assert.deepEqual(
        served.exchanges.map(({ request }) => request.target),
        ["/"],
      );
      assert.match(client.text, /^HTTP\/1\.1 500 [\s\S]*no$/);
    });
  }
}

test("an answer given as the body ends: the connection carries on, and its idle time counts", async (t) => {
  const served = await serve(
    t,
    (exchange) => {
      if (!exchange.request.hasBody) return answer(exchange, 200, "next");
      return exchange.readBody({ write: () => true, end: () => answer(exchange, 200, "done"), fail() {} });
    },
    { keepAliveTimeout: 5_000 },
  );
  const client = rawClient(t, served.port, `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\nabc`);
  assert.match(await client.until(/done$/), /connection: keep-alive/);
  client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  assert.match(await client.until(/next$/), /next$/);
  served.pass(6_100);
  assert.equal(await client.ended(), "closed");
});

/** A client that neither sends nor closes any more. */
async function linger(t: TestContext, served: Served, sent: string, answered: RegExp): Promise<void> {
  const client = rawClient(t, served.port, sent);
  client.socket.removeAllListeners("end");
  await until(() => served.exchanges[0] !== undefined && served.exchanges[0].received > 262_144);
  served.pass(400_000);
  await client.until(answered);
  assert.equal(served.connections(), 1);
  served.pass(1_100);
  await until(() => served.connections() === 0);
}

test("a connection whose long upload stalled is closed although its client stays", async (t) => {
  const served = await serve(t, (exchange) => {
    exchange.readBody({ write: () => true, end() {}, fail() {} });
    exchange.listener = { drained() {}, gone: () => exchange.discardBody(), ended() {} };
  });
  const head = `POST / HTTP/1.1\r\n${HOST}content-length: 1000000\r\n\r\n`;
  await linger(t, served, head + "x".repeat(300_000), /^HTTP\/1\.1 408 /);
});

test("a drain that begins when the head is out already: the connection ends with the response", async (t) => {
  let held: Exchange | undefined;
  const served = await serve(t, (exchange) => {
    held = exchange;
    exchange.response.status = 200;
    exchange.response.fields = fieldList(["content-length", "4"]);
    exchange.begin(true);
    exchange.write(Buffer.from("ab"));
  });
  const client = rawClient(t, served.port, `GET / HTTP/1.1\r\n${HOST}\r\n`);
  await client.until(/ab$/);
  served.drain();
  held?.write(Buffer.from("cd"));
  held?.end(undefined);
  assert.equal(await client.ended(), "closed");
  assert.match(client.text, /abcd$/);
});
