import assert from "node:assert/strict";
import { test } from "node:test";
import { askRaw, rawClient } from "./raw-client.ts";
import { answer, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";

test("a head may come in any pieces, and so may what is pipelined behind it", async (t) => {
  const served = await serve(t, (exchange) => answer(exchange, 200, exchange.request.target));
  const bytes = `\r\nGET /one?q HTTP/1.1\r\n${HOST}x-a: b\r\n\r\nGET /two HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`;
  for (let cut = 1; cut < bytes.length; cut += 3) {
    const client = rawClient(t, served.port, bytes.slice(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    client.send(bytes.slice(cut));
    await client.ended();
    assert.match(client.text, /\r\n\r\n\/one\?qHTTP\/1\.1 200 OK[\s\S]*\r\n\r\n\/two$/, `cut at ${cut}`);
  }
});

test("a head in single bytes", async (t) => {
  const served = await serve(t);
  const client = rawClient(t, served.port);
  for (const byte of `GET / HTTP/1.1\r\n${HOST}\r\n`) {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(await client.until(/ok$/), /^HTTP\/1\.1 200 OK\r\n/);
});

test("what the exchange is told about the request", async (t) => {
  const served = await serve(t);
  await askRaw(t, served.port, `GET http://b.test:81/x HTTP/1.1\r\n${HOST}x-a: b\r\nconnection: close, x-a\r\n\r\n`);
  await askRaw(t, served.port, "HEAD /y HTTP/1.0\r\n\r\n");
  const [first, second] = served.exchanges;
  assert.equal(first?.request.authority, "b.test:81");
  assert.equal(first?.request.target, "http://b.test:81/x");
  assert.equal(first?.request.fields.has("x-a"), false);
  assert.equal(first?.connection.protocol, "HTTP/1.1");
  assert.equal(first?.connection.clientAddress, "127.0.0.1");
  assert.equal(second?.request.method, "HEAD");
  assert.equal(second?.request.authority, `127.0.0.1:${served.port}`);
  assert.equal(second?.connection.protocol, "HTTP/1.0");
});

interface Refused {
  name: string;
  bytes: string;
  status: number;
  detail: string;
  field?: RegExp;
}

const REFUSED: Refused[] = [
  { name: "no host", bytes: "GET / HTTP/1.1\r\n\r\n", status: 400, detail: "host_missing" },
  { name: "two hosts", bytes: `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, status: 400, detail: "host_repeated" },
  { name: "a bare line feed", bytes: "GET / HTTP/1.1\nhost: a\n\n", status: 400, detail: "bare_lf" },
  {
    name: "two empty lines in front",
    bytes: `\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`,
    status: 400,
    detail: "method_syntax",
  },
  { name: "another version", bytes: `GET / HTTP/3.0\r\n${HOST}\r\n`, status: 505, detail: "version_unsupported" },
  { name: "an unknown method", bytes: `FETCH / HTTP/1.1\r\n${HOST}\r\n`, status: 501, detail: "method_unknown" },
  {
    name: "TRACE",
    bytes: `TRACE / HTTP/1.1\r\n${HOST}\r\n`,
    status: 405,
    detail: "method_refused",
    field: /\r\nallow: GET/,
  },
  {
    name: "CONNECT",
    bytes: "CONNECT a.test:1 HTTP/1.1\r\nhost: a.test:1\r\n\r\n",
    status: 405,
    detail: "connect_unsupported",
    field: /\r\nallow: GET/,
  },
  { name: "a long target", bytes: `GET /${"a".repeat(9_000)} HTTP/1.1\r\n`, status: 414, detail: "target_too_long" },
  { name: "a long head", bytes: `GET / HTTP/1.1\r\nx: ${"a".repeat(20_000)}`, status: 431, detail: "head_too_large" },
  {
    name: "many fields",
    bytes: `GET / HTTP/1.1\r\n${HOST}${"x: y\r\n".repeat(120)}\r\n`,
    status: 431,
    detail: "too_many_fields",
  },
  {
    name: "another expectation",
    bytes: `POST / HTTP/1.1\r\n${HOST}expect: gold\r\ncontent-length: 1\r\n\r\n`,
    status: 417,
    detail: "expectation",
  },
  {
    name: "two lengths",
    bytes: `POST / HTTP/1.1\r\n${HOST}content-length: 1\r\ncontent-length: 1\r\n\r\nx`,
    status: 400,
    detail: "length_repeated",
  },
];

for (const each of REFUSED) {
  test(`refused: ${each.name}, whole and in pieces; what follows is never read`, async (t) => {
    const served = await serve(t);
    const smuggled = `${each.bytes}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
    const whole = await askRaw(t, served.port, smuggled);
    const client = rawClient(t, served.port, smuggled.slice(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    client.send(smuggled.slice(5));
    await client.ended();
    for (const text of [whole, client.text]) {
      assert.match(
        text,
        new RegExp(
          `^HTTP/1\\.1 ${each.status} [\\s\\S]*\\r\\nconnection: close\\r\\n\\r\\n\\{"error":"[^"]+","code":${each.status}\\}$`,
        ),
      );
      assert.match(text, /\r\ndate: \w{3}, \d\d /);
      if (each.field !== undefined) assert.match(text, each.field);
    }
    assert.deepEqual(
      served.refusals.map(({ status, detail }) => ({ status, detail })),
      Array.from({ length: 2 }, () => ({ status: each.status, detail: each.detail })),
    );
    assert.equal(served.exchanges.length, 0);
  });
}

test("a refusal names what was understood of the request", async (t) => {
  const served = await serve(t);
  await askRaw(t, served.port, "GET /x HTTP/1.1\r\nhost: a b\r\n\r\n");
  await askRaw(t, served.port, "GE\u0001 /x HTTP/1.1\r\nhost: a\r\n\r\n");
  assert.deepEqual(
    served.refusals.map(({ method, target }) => [method, target]),
    [
      ["GET", "/x"],
      ["", ""],
    ],
  );
  assert.equal(served.refusals[0]?.connection.clientAddress, "127.0.0.1");
});

test("good requests in front of a bad one are answered first", async (t) => {
  const served = await serve(t, (exchange) => void setImmediate(() => answer(exchange, 200, exchange.request.target)));
  const text = await askRaw(t, served.port, `GET /a HTTP/1.1\r\n${HOST}\r\nGET /b HTTP/1.1\r\n${HOST}\r\nGET\r\n\r\n`);
  assert.match(text, /\/aHTTP\/1\.1 200 [\s\S]*\/bHTTP\/1\.1 400 [\s\S]*"code":400\}$/);
  assert.equal(served.refusals.length, 1);
});

test("a head that the client cuts short: 400; a connection without a byte: nothing", async (t) => {
  const served = await serve(t);
  const client = rawClient(t, served.port, "GET / HTTP/1.1\r\nho");
  client.socket.end();
  await client.ended();
  assert.match(client.text, /^HTTP\/1\.1 400 /);
  assert.equal(served.refusals[0]?.detail, "head_incomplete");
  const silent = rawClient(t, served.port);
  silent.socket.end();
  await silent.ended();
  assert.equal(silent.text, "");
  assert.equal(served.refusals.length, 1);
});

test("a head that does not come, or not in time: 408", async (t) => {
  const served = await serve(t, undefined, { headersTimeout: 10_000 });
  const silent = rawClient(t, served.port);
  const slow = rawClient(t, served.port, "GET / HTTP/1.1\r\n");
  while (served.connections() < 2) await new Promise((resolve) => setImmediate(resolve));
  // Every byte counts for nothing: the time runs from the first one.
  for (let i = 0; i < 10; i += 1) {
    served.pass(1_000);
    slow.send("x: y\r\n");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // Its first byte may have been read after the first second.
  served.pass(2_000);
  for (const client of [silent, slow]) {
    await client.ended();
    assert.match(client.text, /^HTTP\/1\.1 408 /);
  }
  assert.deepEqual(
    served.refusals.map(({ detail }) => detail),
    ["head_timeout", "head_timeout"],
  );
});
