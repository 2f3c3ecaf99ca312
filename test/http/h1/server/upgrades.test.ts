import assert from "node:assert/strict";
import { test } from "node:test";
import type { BodySink, Exchange } from "../../../../runtime/http/exchange.ts";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { askRaw, rawClient } from "./raw-client.ts";
import { answer, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";
const KEY = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const V13 = "sec-websocket-version: 13\r\n";
const ASK = "connection: Upgrade\r\nupgrade: WebSocket\r\n";
const UPGRADE = `GET /chat HTTP/1.1\r\n${HOST}${ASK}${KEY}${V13}\r\n`;
const turn = () => new Promise((resolve) => setImmediate(resolve));

const HANDSHAKES = [
  { name: "valid", request: UPGRADE, upgrade: "websocket", status: 200 },
  { name: "no key", request: `GET / HTTP/1.1\r\n${HOST}${ASK}${V13}\r\n`, status: 400 },
  { name: "a bad key", request: `GET / HTTP/1.1\r\n${HOST}${ASK}sec-websocket-key: abc\r\n${V13}\r\n`, status: 400 },
  { name: "two keys", request: `GET / HTTP/1.1\r\n${HOST}${ASK}${KEY}${KEY}${V13}\r\n`, status: 400 },
  { name: "no version", request: `GET / HTTP/1.1\r\n${HOST}${ASK}${KEY}\r\n`, status: 426 },
  {
    name: "version 777",
    request: `GET / HTTP/1.1\r\n${HOST}${ASK}${KEY}sec-websocket-version: 777\r\n\r\n`,
    status: 426,
  },
  { name: "POST", request: `POST / HTTP/1.1\r\n${HOST}${ASK}${KEY}${V13}\r\n`, status: 400 },
  {
    name: "a body",
    request: `GET / HTTP/1.1\r\n${HOST}${ASK}${KEY}${V13}content-length: 3\r\n\r\nabc`,
    status: 400,
  },
  { name: "HTTP/1.0 (ignored)", request: `GET / HTTP/1.0\r\n${HOST}${ASK}${KEY}${V13}\r\n`, status: 200 },
  {
    name: "not named by connection (ignored)",
    request: `GET / HTTP/1.1\r\n${HOST}upgrade: websocket\r\n\r\n`,
    status: 200,
  },
  {
    name: "h2c (ignored)",
    request: `GET / HTTP/1.1\r\n${HOST}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n\r\n`,
    status: 200,
  },
  {
    name: "a choice of protocols in two fields (ignored)",
    request: `GET / HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\nupgrade: h2c\r\n${KEY}${V13}\r\n`,
    status: 200,
  },
  {
    name: "a choice of protocols (ignored)",
    request: `GET / HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket, h2c\r\n\r\n`,
    status: 200,
  },
];

for (const { name, request, upgrade, status } of HANDSHAKES) {
  test(`a handshake: ${name}`, async (t) => {
    const served = await serve(t);
    const client = rawClient(t, served.port, request);
    const text = await client.until(/(?:ok|\})$/);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status === 426) assert.match(text, /\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n/);
    assert.equal(served.exchanges.length, status === 200 ? 1 : 0);
    const [exchange] = served.exchanges;
    assert.equal(exchange?.request.upgrade, upgrade);
    for (const field of ["upgrade", "connection", "http2-settings"]) {
      assert.equal(exchange?.request.fields.has(field) ?? false, false, field);
    }
  });
}

/** Accepts, and gives what comes back in upper case; ends when the client does. */
function tunnel(exchange: Exchange, log: string[] = []): BodySink {
  const sink: BodySink = {
    write(chunk) {
      exchange.write(Buffer.from(Buffer.from(chunk).toString("latin1").toUpperCase(), "latin1"));
      return true;
    },
    end() {
      log.push("client ended");
      exchange.end(undefined);
    },
    fail: (reason) => log.push(`failed ${reason}`),
  };
  return sink;
}

function accept(exchange: Exchange): void {
  exchange.response.status = 101;
  exchange.response.fields = fieldList(["sec-websocket-accept", "x"]);
  exchange.begin(true);
}

for (const order of ["the body first", "the head first"]) {
  test(`a tunnel: bytes behind the request wait for 101, then flow both ways, ${order}`, async (t) => {
    const log: string[] = [];
    let given: Exchange | undefined;
    const served = await serve(t, (exchange) => {
      given = exchange;
    });
    const client = rawClient(t, served.port, `${UPGRADE}early GET /x HTTP/1.1\r\n\r\n`);
    while (given === undefined) await turn();
    client.send("more ");
    const sink = tunnel(given, log);
    if (order === "the body first") given.readBody(sink);
    for (let i = 0; i < 10; i += 1) await turn();
    assert.equal(given.received, 0);
    accept(given);
    if (order === "the head first") given.readBody(sink);
    const text = await client.until(/MORE $/);
    assert.match(
      text,
      /^HTTP\/1\.1 101 Switching Protocols\r\nsec-websocket-accept: x\r\ndate: [^\r]+\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nEARLY GET \/X HTTP\/1\.1\r\n\r\nMORE $/,
    );
    client.send("last");
    client.socket.end();
    assert.equal(await client.ended(), "closed");
    assert.match(client.text, /LAST$/);
    assert.deepEqual(log, ["client ended"]);
    while (served.ended === 0) await turn();
    assert.equal(served.exchanges.length, 1);
    assert.deepEqual(served.departures, []);
    assert.equal(given.state, "ended");
  });
}

test("a tunnel: the backend's side may end first", async (t) => {
  const got: string[] = [];
  let given: Exchange | undefined;
  const served = await serve(t, (exchange) => {
    given = exchange;
    accept(exchange);
    exchange.readBody({
      write: (chunk) => got.push(Buffer.from(chunk).toString()) > 0,
      end: () => got.push("end"),
      fail: (reason) => got.push(reason),
    });
    exchange.write(Buffer.from("bye"));
    exchange.end(undefined);
  });
  const client = rawClient(t, served.port, UPGRADE);
  client.socket.removeAllListeners("end");
  const ended = new Promise((resolve) => client.socket.once("end", resolve));
  await ended;
  assert.match(client.text, /bye$/);
  client.send("still here");
  while (got.length === 0) await turn();
  assert.equal(given?.state, "streaming");
  client.socket.end();
  while (served.ended === 0) await turn();
  assert.deepEqual(got, ["still here", "end"]);
});

test("a refused upgrade leaves an ordinary connection", async (t) => {
  const served = await serve(t, (exchange) => answer(exchange, 403, "no"));
  const client = rawClient(t, served.port, UPGRADE);
  await client.until(/no$/);
  client.send(`GET / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
  await client.ended();
  assert.equal(client.text.match(/HTTP\/1\.1 403/g)?.length, 2);
});

test("a refused upgrade with bytes behind it: they are no request, the connection ends", async (t) => {
  const served = await serve(t, (exchange) => answer(exchange, 403, "no"));
  const text = await askRaw(t, served.port, `${UPGRADE}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`);
  assert.match(text, /connection: close\r\n\r\nno$/);
  assert.equal(served.exchanges.length, 1);
});

test("bytes behind a request for a tunnel are bounded until it opens", async (t) => {
  const served = await serve(t, () => {});
  const client = rawClient(t, served.port, UPGRADE);
  const block = Buffer.alloc(1_048_576);
  let sent = 0;
  for (let i = 0; i < 300; i += 1) {
    if (client.socket.writableLength === 0) {
      client.socket.write(block);
      sent += 1;
    }
    await turn();
  }
  assert.ok(sent < 20, `${sent} MB were taken`);
});

test("a tunnel without a byte for an hour is closed; one with some is not", async (t) => {
  const served = await serve(t, (exchange) => {
    accept(exchange);
    exchange.readBody(tunnel(exchange));
  });
  const client = rawClient(t, served.port, UPGRADE);
  await client.until(/\r\n\r\n$/);
  for (let i = 1; i <= 3; i += 1) {
    served.pass(3_000_000);
    client.send(`a${i}`);
    await client.until(new RegExp(`A${i}$`));
  }
  served.exchanges[0]?.write(Buffer.from("from the backend"));
  await client.until(/backend$/);
  served.pass(3_700_000);
  assert.deepEqual(served.departures, []);
  served.pass(3_700_000);
  await client.ended();
  assert.deepEqual(served.departures, ["stalled stalled"]);
});

test("a tunnel that the client resets, and one that the backend's side gives up", async (t) => {
  const log: string[] = [];
  const served = await serve(t, (exchange) => {
    accept(exchange);
    exchange.readBody(tunnel(exchange, log));
  });
  const first = rawClient(t, served.port, UPGRADE);
  await first.until(/\r\n\r\n$/);
  first.socket.resetAndDestroy();
  while (served.ended < 1) await turn();
  assert.deepEqual(log, ["failed closed"]);
  const second = rawClient(t, served.port, UPGRADE);
  await second.until(/\r\n\r\n$/);
  served.exchanges[1]?.abort();
  assert.equal(await second.ended(), "reset");
});
