import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "../../../../runtime/http/exchange.ts";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { askRaw, rawClient } from "./raw-client.ts";
import { answer, serve } from "./serve.ts";

const HOST = "host: a.test\r\n";
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;
const GET_CLOSE = `GET / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`;
const OLD = `GET / HTTP/1.0\r\n${HOST}\r\n`;
const HEAD = `HEAD / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`;
const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Framed {
  name: string;
  request: string;
  respond: (exchange: Exchange) => void;
  /** Of everything without `date` and `connection`. */
  want: string;
}

const begin = (exchange: Exchange, status: number, fields: string[], hasBody: boolean) => {
  exchange.response.status = status;
  exchange.response.fields = fieldList(fields);
  exchange.begin(hasBody);
};

const streamed = (exchange: Exchange, fields: string[]) => {
  begin(exchange, 200, fields, true);
  exchange.write(Buffer.from("abc"));
  exchange.write(new Uint8Array());
  exchange.write(Buffer.from("defg"));
  exchange.end(fieldList(["x-sum", "1"]));
};

const FRAMED: Framed[] = [
  {
    name: "a known length",
    request: GET_CLOSE,
    respond: (exchange) => streamed(exchange, ["content-length", "7"]),
    want: "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nabcdefg",
  },
  {
    name: "an unknown length: chunked, an empty piece does not end it",
    request: GET_CLOSE,
    respond: (exchange) => streamed(exchange, []),
    want: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
  },
  {
    name: "trailers for a client that takes them",
    request: `GET / HTTP/1.1\r\n${HOST}te: trailers\r\nconnection: te, close\r\n\r\n`,
    respond: (exchange) => streamed(exchange, []),
    want: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nx-sum: 1\r\n\r\n",
  },
  {
    name: "te: trailers that connection does not name",
    request: `GET / HTTP/1.1\r\n${HOST}te: trailers\r\nconnection: close\r\n\r\n`,
    respond: (exchange) => streamed(exchange, []),
    want: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
  },
  {
    name: "an unknown length to HTTP/1.0: the end of the connection",
    request: OLD,
    respond: (exchange) => streamed(exchange, []),
    want: "HTTP/1.1 200 OK\r\n\r\nabcdefg",
  },
  {
    name: "no body",
    request: GET_CLOSE,
    respond: (exchange) => answer(exchange, 404),
    want: "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
  },
  {
    name: "204 has no length",
    request: GET_CLOSE,
    respond: (exchange) => answer(exchange, 204, "", ["content-length", "0"]),
    want: "HTTP/1.1 204 No Content\r\n\r\n",
  },
  {
    name: "304 keeps the length of what it stands for",
    request: GET_CLOSE,
    respond: (exchange) => answer(exchange, 304, "", ["content-length", "9", "etag", '"a"']),
    want: 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\ncontent-length: 9\r\n\r\n',
  },
  {
    name: "HEAD keeps the length and sends nothing",
    request: HEAD,
    respond: (exchange) => answer(exchange, 200, "", ["content-length", "9"]),
    want: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
  },
  {
    name: "HEAD without a length",
    request: HEAD,
    respond: (exchange) => answer(exchange, 200),
    want: "HTTP/1.1 200 OK\r\n\r\n",
  },
  {
    name: "HEAD sends nothing, whoever writes",
    request: HEAD,
    respond: (exchange) => streamed(exchange, ["content-length", "7"]),
    want: "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n",
  },
  {
    name: "an unknown status",
    request: GET_CLOSE,
    respond: (exchange) => answer(exchange, 299),
    want: "HTTP/1.1 299 \r\ncontent-length: 0\r\n\r\n",
  },
  {
    name: "fields of the connection and of framing are ours to write",
    request: GET_CLOSE,
    respond: (exchange) =>
      answer(exchange, 200, "ok", [
        "transfer-encoding",
        "gzip",
        "connection",
        "x",
        "keep-alive",
        "a",
        "upgrade",
        "b",
        "x",
        "y",
      ]),
    want: "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 2\r\n\r\nok",
  },
  {
    name: "frames of a chunked body",
    request: GET_CLOSE,
    respond(exchange) {
      begin(exchange, 200, [], true);
      assert.equal(exchange.takesFrames, true);
      exchange.frame(Buffer.from("3\r\nabc\r\n"), 3);
      exchange.end(undefined);
    },
    want: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  },
  {
    name: "interim responses come first",
    request: GET_CLOSE,
    respond(exchange) {
      exchange.informational(103, fieldList(["link", "</a>"]));
      exchange.informational(103, fieldList(["link", "</b>\r\nx: y"]));
      answer(exchange, 200, "ok");
      exchange.informational(103, fieldList([]));
    },
    want: "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  },
  {
    name: "no interim response to HTTP/1.0",
    request: OLD,
    respond(exchange) {
      exchange.informational(103, fieldList(["link", "</a>"]));
      answer(exchange, 200, "ok");
    },
    want: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  },
];

for (const { name, request, respond, want } of FRAMED) {
  test(`framing: ${name}`, async (t) => {
    const served = await serve(t, respond);
    const text = await askRaw(t, served.port, request);
    assert.equal(text.replace(/date: [^\r]+ GMT\r\n/, "").replace(/connection: close\r\n/, ""), want);
    assert.equal(served.ended, 1);
    assert.deepEqual(served.faults, []);
  });
}

test("a response has a date: the backend's, or ours", async (t) => {
  const given = "Tue, 01 Jan 2019 00:00:00 GMT";
  const served = await serve(t, (exchange) =>
    answer(exchange, 200, "ok", exchange.request.target === "/" ? [] : ["date", given]),
  );
  const ours = await askRaw(t, served.port, GET_CLOSE);
  assert.match(ours, /\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n/);
  served.pass(1_000);
  assert.match(await askRaw(t, served.port, GET_CLOSE), /\r\ndate: Thu, 01 Jan 2026 00:00:01 GMT\r\n/);
  const theirs = await askRaw(t, served.port, GET_CLOSE.replace("/", "/given"));
  assert.equal(theirs.match(/date: /g)?.length, 1);
  assert.ok(theirs.includes(`date: ${given}\r\n`));
});

test("head, body and end that come together go out in one piece", async (t) => {
  const served = await serve(t, (exchange) => streamed(exchange, []));
  const client = rawClient(t, served.port);
  let pieces = 0;
  client.socket.on("data", () => {
    pieces += 1;
  });
  client.send(GET);
  await client.until(/\r\n0\r\n\r\n$/);
  assert.equal(pieces, 1);
});

test("a head whose body does not come yet goes out alone", async (t) => {
  let given: Exchange | undefined;
  const served = await serve(t, (exchange) => {
    given = exchange;
    begin(exchange, 200, [], true);
  });
  const client = rawClient(t, served.port, GET);
  await client.until(/\r\n\r\n$/);
  given?.write(Buffer.from("event"));
  await client.until(/5\r\nevent\r\n$/);
  given?.end(undefined);
  await client.until(/0\r\n\r\n$/);
  assert.equal(served.ended, 1);
});

for (const length of [16_000, 16_384, 70_000, 3_000_000]) {
  for (const framing of ["length", "chunked"]) {
    test(`a body of ${length} bytes, ${framing}, byte for byte; the writer may use its buffer again at once`, async (t) => {
      const bytes = Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
      const served = await serve(t, (exchange) => {
        const scratch = Buffer.alloc(65_536);
        begin(exchange, 200, framing === "length" ? ["content-length", String(length)] : [], true);
        let at = 0;
        const more = () => {
          while (at < length) {
            const piece = scratch.subarray(0, bytes.copy(scratch, 0, at, at + scratch.length));
            at += piece.length;
            const room = exchange.write(piece);
            scratch.fill(0);
            if (!room) return;
          }
          exchange.end(undefined);
        };
        exchange.listener = { drained: more, gone() {}, ended() {} };
        more();
      });
      const text = await askRaw(t, served.port, GET_CLOSE);
      let body = text.slice(text.indexOf("\r\n\r\n") + 4);
      if (framing === "chunked") {
        let data = "";
        for (let at = 0; ; ) {
          const end = body.indexOf("\r\n", at);
          const size = Number.parseInt(body.slice(at, end), 16);
          if (size === 0) break;
          data += body.slice(end + 2, end + 2 + size);
          at = end + 4 + size;
        }
        body = data;
      }
      assert.ok(Buffer.from(body, "latin1").equals(bytes));
    });
  }
}

test("a client that reads nothing stops the writer; what waits is bounded", async (t) => {
  let written = 0;
  let given: Exchange | undefined;
  let drained = 0;
  const chunk = Buffer.alloc(65_536);
  const served = await serve(t, (exchange) => {
    given = exchange;
    begin(exchange, 200, [], true);
    const pump = () => {
      while (exchange.write(chunk)) written += chunk.length;
    };
    exchange.listener = {
      drained() {
        drained += 1;
        pump();
      },
      gone() {},
      ended() {},
    };
    pump();
  });
  const client = rawClient(t, served.port, GET);
  client.socket.pause();
  while (given === undefined) await turn();
  let last = -1;
  while (last !== written) {
    last = written;
    for (let i = 0; i < 100; i += 1) await turn();
  }
  assert.ok(written < 16 * 1_048_576, `${written} bytes were taken for a client that reads nothing`);
  const before = drained;
  client.socket.resume();
  while (drained === before) await turn();
  client.socket.destroy();
});

const BROKEN = [
  { name: "a field with a line end", respond: (e: Exchange) => answer(e, 200, "ok", ["x", "a\r\nb: c"]), status: 500 },
  { name: "a field name that is none", respond: (e: Exchange) => answer(e, 200, "ok", ["x y", "a"]), status: 500 },
  {
    name: "a content-length that is no number",
    respond: (e: Exchange) => begin(e, 200, ["content-length", "x"], true),
    status: 500,
  },
  {
    name: "a body that is longer than its length",
    respond(e: Exchange) {
      begin(e, 200, ["content-length", "2"], true);
      e.write(Buffer.from("abc"));
    },
    status: 500,
  },
];

for (const { name, respond, status } of BROKEN) {
  test(`what must not go out: ${name}`, async (t) => {
    const served = await serve(t, respond);
    const text = await askRaw(t, served.port, GET + GET);
    assert.match(
      text,
      new RegExp(`^HTTP/1\\.1 ${status} [^\\r]+\\r\\n[\\s\\S]*connection: close\\r\\n\\r\\n\\{[^}]*\\}$`),
    );
    assert.equal(served.faults.length, 1);
    assert.equal(served.exchanges.length, 1);
    assert.equal(served.ended, 1);
    assert.equal(served.exchanges[0]?.state, "aborted");
  });
}

test("a body that is shorter than its length is cut off visibly", async (t) => {
  let given: Exchange | undefined;
  const served = await serve(t, (exchange) => {
    given = exchange;
    begin(exchange, 200, ["content-length", "5"], true);
    exchange.write(Buffer.from("abc"));
  });
  const client = rawClient(t, served.port, GET);
  await client.until(/abc$/);
  given?.end(undefined);
  assert.equal(await client.ended(), "reset");
});

for (const request of [GET, OLD]) {
  test(`a response that is given up in the middle is a reset, also where only the end of the connection ends it`, async (t) => {
    let given: Exchange | undefined;
    const served = await serve(t, (exchange) => {
      given = exchange;
      begin(exchange, 200, [], true);
      exchange.write(Buffer.from("abc"));
    });
    const client = rawClient(t, served.port, request);
    await client.until(/abc/);
    given?.abort();
    assert.equal(await client.ended(), "reset");
    assert.equal(served.ended, 1);
  });
}

test("a response that is given up before it began is a closed connection", async (t) => {
  const served = await serve(t, (exchange) => exchange.abort());
  assert.equal(await askRaw(t, served.port, GET), "");
  assert.equal(served.ended, 1);
});

test("a client that leaves while it waits, or while it reads", async (t) => {
  let given: Exchange | undefined;
  const served = await serve(t, (exchange) => {
    given = exchange;
    if (exchange.request.target !== "/stream") return;
    begin(exchange, 200, [], true);
    exchange.write(Buffer.from("abc"));
  });
  const waiting = rawClient(t, served.port, GET);
  while (given === undefined) await turn();
  waiting.socket.resetAndDestroy();
  while (served.ended < 1) await turn();
  const reading = rawClient(t, served.port, `GET /stream HTTP/1.1\r\n${HOST}\r\n`);
  await reading.until(/abc/);
  reading.socket.resetAndDestroy();
  while (served.ended < 2) await turn();
  assert.deepEqual(served.departures, ["disconnected disconnected", "disconnected disconnected"]);
  assert.equal(given?.write(Buffer.from("late")), true);
});

test("a client that reads nothing is cut off; one that reads slowly is not", async (t) => {
  const served = await serve(
    t,
    (exchange) => {
      begin(exchange, 200, ["content-length", "50000000"], true);
      for (let i = 0; i < 50; i += 1) exchange.write(Buffer.alloc(1_000_000));
      exchange.end(undefined);
    },
    { stallTimeout: 60_000 },
  );
  const stuck = rawClient(t, served.port, GET);
  stuck.socket.pause();
  while (served.exchanges.length < 1) await turn();
  const slow = rawClient(t, served.port, GET);
  slow.socket.pause();
  while (served.exchanges.length < 2) await turn();
  for (let i = 0; i < 8 && served.ended === 0; i += 1) {
    const before = slow.socket.bytesRead;
    slow.socket.resume();
    while (slow.socket.bytesRead < before + 4_000_000) await turn();
    slow.socket.pause();
    for (let j = 0; j < 20; j += 1) await turn();
    served.pass(15_000);
  }
  assert.deepEqual(served.departures, ["stalled stalled"]);
  assert.equal(served.ended, 1);
  slow.socket.resume();
  while (served.ended < 2) await turn();
  assert.deepEqual(served.departures, ["stalled stalled"]);
});
