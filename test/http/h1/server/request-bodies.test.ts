import assert from "node:assert/strict";
import { test } from "node:test";
import type { BodySink, Exchange } from "../../../../runtime/http/exchange.ts";
import { settle } from "../../../settle.ts";
import { askRaw, rawClient } from "./raw-client.ts";
import { answer, readBody, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";
const POST = `POST / HTTP/1.1\r\n${HOST}`;
const CHUNKED = `${POST}transfer-encoding: chunked\r\n`;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Answers with the body that it was sent, once it is complete. */
const echo = (exchange: Exchange) => {
  readBody(exchange).then(
    ({ text, trailers }) => answer(exchange, 200, `<${text}|${trailers.join("=")}>`),
    () => {},
  );
};

const BODIES = [
  { name: "content-length", bytes: `${POST}content-length: 5\r\n\r\nhello`, want: "<hello|>" },
  { name: "content-length 0", bytes: `${POST}content-length: 0\r\n\r\n`, want: "<|>" },
  { name: "none", bytes: `${POST}\r\n`, want: "<|>" },
  { name: "chunked", bytes: `${CHUNKED}\r\n3\r\nhel\r\n2;e=1\r\nlo\r\n0\r\n\r\n`, want: "<hello|>" },
  {
    name: "trailers, without forbidden ones",
    bytes: `${CHUNKED}\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nauthorization: 2\r\nhost: 3\r\n\r\n`,
    want: "<hello|x-sum=1>",
  },
];

for (const { name, bytes, want } of BODIES) {
  test(`a body in any pieces: ${name}`, async (t) => {
    const served = await serve(t, echo);
    const two = `${bytes}GET /next HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`;
    for (let cut = 10; cut < two.length; cut += 7) {
      const client = rawClient(t, served.port, two.slice(0, cut));
      await turn();
      client.send(two.slice(cut));
      await client.ended();
      assert.ok(client.text.includes(`\r\n\r\n${want}HTTP/1.1 200`), `cut at ${cut}: ${client.text}`);
      assert.ok(client.text.endsWith("<|>"));
    }
    assert.deepEqual(served.departures, []);
  });
}

test("a chunked body goes on in frames where they are taken", async (t) => {
  const served = await serve(t, (exchange) => {
    void readBody(exchange, true).then(({ text, framed }) => answer(exchange, 200, `${framed}<${text}>`));
  });
  const text = await askRaw(t, served.port, `${CHUNKED}connection: close\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
  assert.ok(text.endsWith("true<3\r\nabc\r\n2\r\nde\r\n>"), text);
  assert.equal(served.exchanges[0]?.received, 5);
});

test("a reader that is full stops the client, and gets the rest later, byte for byte", async (t) => {
  let sink: BodySink | undefined;
  let full = true;
  let received = 0;
  const done = Promise.withResolvers<void>();
  const served = await serve(t, (exchange) => {
    sink = {
      write(chunk) {
        for (let i = 0; i < chunk.length; i += 997) assert.equal(chunk[i], (received + i) % 251);
        received += chunk.length;
        return !full;
      },
      end() {
        answer(exchange, 200, "ok");
        done.resolve();
      },
      fail: (reason) => done.reject(new Error(reason)),
    };
    exchange.readBody(sink);
  });
  const total = 64 * 1_048_576;
  const client = rawClient(t, served.port, `${POST}content-length: ${total}\r\n\r\n`);
  const block = Buffer.from(Uint8Array.from({ length: 251 * 4_096 }, (_, index) => index % 251));
  let sent = 0;
  const more = () => {
    while (sent < total) {
      const piece = block.subarray(0, Math.min(block.length, total - sent));
      sent += piece.length;
      if (!client.socket.write(piece)) return void client.socket.once("drain", more);
    }
  };
  more();
  while (received === 0) await turn();
  for (let i = 0; i < 200; i += 1) await turn();
  assert.ok(received <= 65_536, `${received} bytes were given to a reader that is full`);
  full = false;
  served.exchanges[0]?.resumeBody();
  await done.promise;
  assert.equal(received, total);
});

test("a body that nobody reads yet is not read from the socket either", async (t) => {
  const served = await serve(t, () => {});
  const client = rawClient(t, served.port, `${POST}content-length: 100000000\r\n\r\n`);
  const block = Buffer.alloc(1_048_576);
  let sent = 0;
  while (client.socket.write(block)) sent += 1;
  for (let i = 0; i < 300; i += 1) {
    await turn();
    if (client.socket.writableLength === 0 && sent < 90) {
      client.socket.write(block);
      sent += 1;
    }
  }
  assert.ok(sent < 40, `${sent} MB were taken for nobody`);
});

const FAULTS = [
  { name: "a size that is none", body: "zz\r\n", status: 400, detail: "chunk_size_syntax" },
  { name: "a chunk without its line end", body: "3\r\nabcd", status: 400, detail: "chunk_line_end" },
  { name: "a size beyond all", body: "fffffffffffffff\r\n", status: 413, detail: "chunk_size_too_large" },
  { name: "a long extension", body: `1;${"a".repeat(300)}\r\n`, status: 413, detail: "chunk_extension_too_large" },
  { name: "a bad trailer", body: "0\r\nx : 1\r\n\r\n", status: 400, detail: "trailer_name_space" },
  { name: "many trailers", body: `0\r\n${"x: 1\r\n".repeat(100)}\r\n`, status: 431, detail: "trailer_too_many_fields" },
  {
    name: "long trailers",
    body: `0\r\n${`x: ${"y".repeat(500)}\r\n`.repeat(20)}`,
    status: 431,
    detail: "trailers_too_large",
  },
];

for (const { name, body, status, detail } of FAULTS) {
  test(`a body that breaks the protocol: ${name}`, async (t) => {
    const failed = Promise.withResolvers<string>();
    const served = await serve(t, (exchange) => {
      readBody(exchange).then(
        () => failed.resolve("complete"),
        (error: Error) => failed.resolve(error.message),
      );
    });
    const bytes = `${CHUNKED}\r\n2\r\nab\r\n${body}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
    const text = await askRaw(t, served.port, bytes);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*connection: close\\r\\n\\r\\n\\{[^}]*\\}$`));
    assert.equal(await failed.promise, detail);
    assert.deepEqual(served.departures, [`malformed ${detail}`]);
    assert.equal(served.exchanges.length, 1);
    assert.equal(served.ended, 1);
  });
}

test("a body that breaks once the response has begun: the connection is reset", async (t) => {
  const served = await serve(t, (exchange) => {
    readBody(exchange).catch(() => {});
    exchange.response.status = 200;
    exchange.begin(true);
    exchange.write(Buffer.from("partial"));
  });
  const client = rawClient(t, served.port, `${CHUNKED}\r\n`);
  await client.until(/partial/);
  client.send("zz\r\n");
  assert.equal(await client.ended(), "reset");
});

test("a client that leaves in the middle of its body", async (t) => {
  for (const leave of ["end", "resetAndDestroy"] as const) {
    const failed = Promise.withResolvers<string>();
    const served = await serve(t, (exchange) => {
      readBody(exchange).catch((error: Error) => failed.resolve(error.message));
    });
    const client = rawClient(t, served.port, `${POST}content-length: 10\r\n\r\nabc`);
    while (served.exchanges.length === 0) await turn();
    client.socket[leave]();
    assert.equal(await failed.promise, "closed");
    assert.deepEqual(served.departures, ["disconnected disconnected"]);
    await client.ended();
    assert.equal(client.text, "");
  }
});

test("Expect: 100 comes when the body is asked for, once, and before the final status only", async (t) => {
  const served = await serve(t, echo);
  const head = `${POST}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`;
  const client = rawClient(t, served.port, head);
  assert.equal(await client.until(/\r\n\r\n/), "HTTP/1.1 100 Continue\r\n\r\n");
  assert.equal(served.exchanges[0]?.request.fields.has("expect"), false);
  client.send("hello");
  await client.until(/hello\|>$/);
  assert.equal(client.text.match(/100 Continue/g)?.length, 1);
});

const NOT_INVITED = [
  { name: "nobody asks for the body", head: `${POST}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`, closes: true },
  { name: "there is no body", head: `GET / HTTP/1.1\r\n${HOST}expect: 100-continue\r\n\r\n`, closes: false },
  { name: "the body is empty", head: `${POST}expect: 100-continue\r\ncontent-length: 0\r\n\r\n`, closes: false },
  {
    name: "HTTP/1.0 knows no 100",
    head: `POST / HTTP/1.0\r\n${HOST}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`,
    closes: true,
  },
];

for (const { name, head, closes } of NOT_INVITED) {
  test(`Expect: no 100 where ${name}`, async (t) => {
    const served = await serve(t, (exchange) => answer(exchange, 403, "no"));
    const client = rawClient(t, served.port, head);
    const text = await client.until(/no$/);
    assert.match(text, /^HTTP\/1\.1 403 /);
    assert.equal(/connection: close/.test(text), closes);
  });
}

test("an answer before the body: what is here already is read, and the connection used again", async (t) => {
  const served = await serve(t, (exchange) => {
    exchange.discardBody();
    answer(exchange, 403, "no");
  });
  const text = await askRaw(
    t,
    served.port,
    `${POST}content-length: 3\r\n\r\nabc${CHUNKED}\r\n1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`,
  );
  assert.equal(text.match(/HTTP\/1\.1 403/g)?.length, 3);
});

test("an answer before the body: the client gets it whole, and no byte of the body is taken for a request", async (t) => {
  const served = await serve(t, (exchange) => answer(exchange, 413, "too large"));
  const client = rawClient(t, served.port, `${POST}content-length: 400000\r\n\r\n`);
  await client.until(/too large$/);
  assert.match(client.text, /connection: close/);
  for (let i = 0; i < 20; i += 1) {
    client.send(`GET /smuggled HTTP/1.1\r\n${HOST}\r\n`.repeat(400));
    await turn();
  }
  assert.equal(await client.ended(), "closed");
  assert.equal(served.exchanges.length, 1);
  served.pass(1_100);
  while (served.connections() > 0) await turn();
});

test("an answer before the body: a client that sends on and on is cut off", async (t) => {
  const served = await serve(t, (exchange) => answer(exchange, 413, "too large"));
  const client = rawClient(t, served.port, `${POST}content-length: 4000000000\r\n\r\n`);
  const block = Buffer.alloc(262_144);
  const closed = new Promise<void>((resolve) => client.socket.once("close", () => resolve()));
  const more = () => {
    while (!client.socket.destroyed && client.socket.write(block));
    if (!client.socket.destroyed) client.socket.once("drain", more);
  };
  more();
  await closed;
  assert.equal(served.exchanges.length, 1);
});

test("a body that does not come in time: 408 and the sink hears of it", async (t) => {
  const failed = Promise.withResolvers<string>();
  const served = await serve(
    t,
    (exchange) => {
      readBody(exchange).catch((error: Error) => failed.resolve(error.message));
    },
    { requestTimeout: 60_000, bodyRate: 0 },
  );
  const client = rawClient(t, served.port, `${POST}content-length: 10\r\n\r\n`);
  while (served.exchanges.length === 0) await turn();
  served.pass(59_000);
  await turn();
  assert.equal(client.text, "");
  served.pass(1_100);
  assert.equal(await failed.promise, "slow");
  await client.ended();
  assert.match(client.text, /^HTTP\/1\.1 408 /);
  assert.deepEqual(served.departures, ["slow body_timeout"]);
});

test("a body that trickles: 408 after ten seconds; one that is fast enough goes on", async (t) => {
  const served = await serve(t, (exchange) => void readBody(exchange).catch(() => {}), { requestTimeout: 0 });
  const slow = rawClient(t, served.port, `${POST}content-length: 100000\r\n\r\n`);
  const fast = rawClient(t, served.port, `${POST}content-length: 100000\r\n\r\n`);
  while (served.exchanges.length < 2) await turn();
  for (let second = 0; second < 30; second += 1) {
    slow.send("x".repeat(20));
    fast.send("x".repeat(1_000));
    const wanted = (second + 1) * 1_000;
    while (!served.exchanges.some((exchange) => exchange.received >= wanted)) await turn();
    served.pass(1_000);
  }
  await slow.ended();
  assert.match(slow.text, /^HTTP\/1\.1 408 /);
  assert.deepEqual(served.departures, ["slow body_timeout"]);
  assert.equal(served.ended, 1);
});

test("the time in which the reader is full is not the client's", async (t) => {
  let given: Exchange | undefined;
  const served = await serve(
    t,
    (exchange) => {
      given = exchange;
      exchange.readBody({ write: () => false, end: () => answer(exchange, 200, "ok"), fail() {} });
    },
    { requestTimeout: 10_000 },
  );
  const client = rawClient(t, served.port, `${POST}content-length: 10\r\n\r\nabc`);
  while ((given?.received ?? 0) < 3) await turn();
  for (let i = 0; i < 60; i += 1) served.pass(1_000);
  assert.deepEqual(served.departures, []);
  given?.resumeBody();
  client.send("defghij");
  await client.until(/ok$/);
});

test("a client that closes its side behind a request gets its answer; after a second without one it has left", async (t) => {
  const running: Exchange[] = [];
  const served = await serve(t, (exchange) => void running.push(exchange));
  const first = rawClient(t, served.port, `GET / HTTP/1.1\r\n${HOST}\r\n`);
  while (running.length < 1) await turn();
  first.socket.end();
  await settle();
  answer(running[0] as Exchange, 200, "late");
  await first.ended();
  assert.match(first.text, /connection: close\r\n\r\nlate$/);

  const second = rawClient(t, served.port, `GET / HTTP/1.1\r\n${HOST}\r\n`);
  while (running.length < 2) await turn();
  second.socket.end();
  await settle();
  served.pass(500);
  assert.deepEqual(served.departures, []);
  served.pass(1_000);
  assert.deepEqual(served.departures, ["disconnected disconnected"]);
  await second.ended();
  assert.equal(second.text, "");
});
