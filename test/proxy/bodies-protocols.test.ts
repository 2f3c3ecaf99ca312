import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { NEXT } from "../../runtime/wasm/verdict.ts";
import { plugin, rawUpstream, rule, snapshot, start, upstream } from "./fixture.ts";
import { h2Client, h2Upstream, seen } from "./http2-peers.ts";
import { HOLD, pending, type Script, slotsOf, WHOLE } from "./scripted.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const PROTOCOLS = ["http1", "h2c"] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** Every byte that passes is one more; a held piece as well, once. */
const plusOne: Script = {
  onRequestBody(_exchange, piece) {
    piece.bytes = piece.bytes.map((byte) => byte + 1);
    return NEXT;
  },
  onResponseBody(_exchange, piece) {
    piece.bytes = piece.bytes.map((byte) => byte + 1);
    return NEXT;
  },
};

/** Lets every other piece wait for the next one. */
function hesitant(): Script {
  let turns = 0;
  const hold: Script["onRequestBody"] = (_exchange, { end }) => {
    turns += 1;
    return end || turns % 2 === 0 ? NEXT : HOLD;
  };
  return { bodies: { request: "read", response: "read" }, onRequestBody: hold, onResponseBody: hold };
}

/** Is suspended in each hook, until the next turn of the loop. */
function sleepy(): Script {
  const sleep: Script["onRequestBody"] = () => ({
    kind: "wait",
    settle: (listener) => void setImmediate(() => listener(NEXT)),
  });
  return { bodies: { request: "read", response: "read" }, onRequestBody: sleep, onResponseBody: sleep };
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly trailers: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}

/** Sends a body in pieces, with trailers. */
async function send(t: TestContext, protocol: Protocol, port: number, body: Buffer, size: number): Promise<Answer> {
  return protocol === "http1" ? sendH1(port, body, size) : sendH2(t, port, body, size);
}

async function sendH1(port: number, body: Buffer, size: number): Promise<Answer> {
  const headers = { te: "trailers", connection: "te", trailer: "x-sum" };
  const request = httpRequest({ port, host: "127.0.0.1", method: "POST", headers });
  const answer = once(request, "response");
  for (let at = 0; at < body.length; at += size) {
    if (!request.write(body.subarray(at, at + size))) await once(request, "drain");
  }
  request.addTrailers({ "x-sum": "7" });
  request.end();
  const [response] = (await answer) as [IncomingMessage];
  const received = await buffer(response);
  return { status: response.statusCode ?? 0, body: received, trailers: response.trailers, headers: response.headers };
}

async function sendH2(t: TestContext, port: number, body: Buffer, size: number): Promise<Answer> {
  const stream = h2Client(t, port).request({ ":method": "POST", ":path": "/" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
  let trailers = {};
  stream.on("trailers", (given) => {
    trailers = given;
  });
  const answer = once(stream, "response");
  const received = buffer(stream);
  for (let at = 0; at < body.length; at += size) {
    if (stream.closed || stream.write(body.subarray(at, at + size))) continue;
    await Promise.race([once(stream, "drain"), once(stream, "close")]);
  }
  stream.end();
  const [headers] = await answer;
  return { status: Number(headers[":status"]), body: await received, trailers, headers };
}

/** Sends everything back, the trailers too. */
async function echo(t: TestContext, protocol: Protocol): Promise<number> {
  if (protocol === "http1") {
    return upstream(t, (request, response) => {
      response.setHeader("trailer", "x-sum");
      response.on("drain", () => request.resume());
      request.on("data", (chunk) => {
        if (!response.write(chunk)) request.pause();
      });
      request.on("end", () => {
        response.addTrailers(request.trailers as Record<string, string>);
        response.end();
      });
    });
  }
  const { port } = await h2Upstream(t, (stream) => {
    let trailers = {};
    stream.on("trailers", (given) => {
      trailers = { "x-sum": given["x-sum"] };
    });
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.pipe(stream);
  });
  return port;
}

async function between(t: TestContext, scripts: Record<string, Script>, port: number, protocol: Protocol = "http1") {
  const names = Object.keys(scripts);
  const given = snapshot({
    rules: [rule({ plugins: names })],
    plugins: names.map((name) => plugin(name)),
    clusters: { "test/app:80": [port] },
    protocol,
  });
  return start(t, given, { slots: slotsOf(scripts) });
}

for (const inward of PROTOCOLS) {
  for (const outward of PROTOCOLS) {
    describe(`${inward} in, ${outward} out: filters between`, () => {
      const CASES: readonly [name: string, scripts: () => Record<string, Script>, added: number][] = [
        ["one that edits", () => ({ a: plusOne }), 2],
        [
          "two that edit, one that hesitates, one that sleeps",
          () => ({ a: plusOne, b: hesitant(), c: sleepy(), d: plusOne }),
          4,
        ],
        ["one that wants all of it", () => ({ a: { ...plusOne, onRequest: () => WHOLE, onResponse: () => WHOLE } }), 2],
      ];
      for (const [name, scripts, added] of CASES) {
        test(`${name}: bytes and trailers come through`, async (t) => {
          const running = await between(t, scripts(), await echo(t, outward), outward);
          const body = Buffer.alloc(200_000, "abcdefghij");
          const answer = await send(t, inward, running.port, body, 30_000);
          assert.equal(answer.status, 200);
          assert.ok(answer.body.equals(body.map((byte) => byte + added)), "every byte, once and in order");
          assert.equal(answer.trailers["x-sum"], "7");
        });
      }

      test("trailers pass the hooks for trailers", async (t) => {
        const scripts: Record<string, Script> = {
          a: {
            onRequestTrailers(_exchange, trailers) {
              trailers.set("x-sum", "8");
              return NEXT;
            },
            onResponseTrailers(_exchange, trailers) {
              trailers.set("x-sum", `${trailers.get("x-sum")}9`);
              return NEXT;
            },
          },
        };
        const running = await between(t, scripts, await echo(t, outward), outward);
        const answer = await send(t, inward, running.port, Buffer.from("hello"), 5);
        assert.equal(answer.body.toString(), "hello");
        assert.equal(answer.trailers["x-sum"], "89");
      });

      test("a backend that answers before it has read: the rest of the request is let go", async (t) => {
        const port =
          outward === "http1"
            ? await upstream(t, (_request, response) => response.writeHead(413).end("early"))
            : (
                await h2Upstream(t, (stream) => {
                  stream.respond({ ":status": 413 });
                  stream.end("early");
                })
              ).port;
        const running = await between(t, { a: plusOne }, port, outward);
        const body = Buffer.alloc(2_000_000, "x");
        const answer = await send(t, inward, running.port, body, 100_000).catch(() => undefined);
        const [line] = await running.log();
        assert.equal(line?.status, 413);
        if (answer !== undefined) assert.equal(answer.body.toString(), "fbsmz");
      });
    });
  }
}

/** Lets a body go that it only reads, once it is all there. */
const reader: Script = {
  bodies: { request: "read", response: "none" },
  onRequest: () => WHOLE,
  onRequestBody: () => NEXT,
};

for (const outward of PROTOCOLS) {
  const CASES: readonly [name: string, scripts: () => Record<string, Script>, body: string][] = [
    ["one that edits", () => ({ a: plusOne }), "jgnnq"],
    ["one that wants all of it", () => ({ a: { ...plusOne, onRequest: () => WHOLE } }), "jgnnq"],
    ["one that holds the head", () => ({ a: { ...plusOne, onRequest: () => HOLD } }), "jgnnq"],
    ["one that wants all of it to read it", () => ({ a: reader }), "hello"],
    ["two that want all of it", () => ({ a: reader, b: { ...plusOne, onRequest: () => WHOLE } }), "jgnnq"],
    [
      "one that edits and one that sleeps over all of it",
      () => ({ a: plusOne, b: { ...reader, ...sleepy() } }),
      "jgnnq",
    ],
  ];
  for (const [name, scripts, body] of CASES) {
    test(`HTTP/2 in with a content-length, ${outward} out: trailers come through ${name}`, async (t) => {
      const running = await between(t, scripts(), await echo(t, outward), outward);
      const headers = { ":method": "POST", ":path": "/", "content-length": "5" };
      const stream = h2Client(t, running.port).request(headers, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
      const answer = await seen(stream.end("hello"));
      assert.deepEqual([answer.body, answer.trailers?.["x-sum"]], [body, "7"]);
    });
  }
}

const MEGABYTE = Buffer.alloc(1_048_576, "x");

test("a body of 64 MB streams through filters: memory stays flat", async (t) => {
  const running = await between(t, { a: plusOne, b: hesitant() }, await echo(t, "http1"));
  const request = httpRequest({ port: running.port, host: "127.0.0.1", method: "POST" });
  let received = 0;
  const answer = once(request, "response").then(async ([response]) => {
    for await (const chunk of response as IncomingMessage) received += (chunk as Buffer).length;
  });
  collect();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let i = 0; i < 64; i += 1) {
    if (!request.write(MEGABYTE)) await once(request, "drain");
    if (i % 8 !== 0) continue;
    // Buffers go a turn after what held them.
    collect();
    await turn();
    collect();
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  request.end();
  await answer;
  assert.equal(received, 64 * MEGABYTE.length);
  assert.ok(most < 16 * MEGABYTE.length, `${most >> 20} MB were kept`);
  const [line] = await running.log();
  assert.ok((line?.bytesKept ?? 0) <= 262_144, `a filter kept ${line?.bytesKept} bytes`);
});

for (const [name, script] of [
  ["suspended", { onRequestBody: () => ({ kind: "wait", settle: pending().settle }) }],
  [
    "waiting for something else, behind one that holds",
    { onRequest: () => ({ kind: "wait", settle: pending().settle }) },
  ],
] as const satisfies readonly (readonly [string, Script])[]) {
  test(`a filter that is ${name} stops the client`, async (t) => {
    const first: Script = { onRequest: () => HOLD, onRequestBody: () => NEXT };
    const running = await between(t, { first, script }, await rawUpstream(t, () => {}));
    let sent = 0;
    const client = connect(running.port, "127.0.0.1", () => {
      client.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${512 * MEGABYTE.length}\r\n\r\n`);
      const more = () => {
        while (sent < 512) {
          sent += 1;
          if (!client.write(MEGABYTE)) return void client.once("drain", more);
        }
      };
      more();
    });
    client.on("error", () => {});
    t.after(() => client.destroy());
    for (let before = -1; sent === 0 || sent !== before; ) {
      before = sent;
      for (let i = 0; i < 300; i += 1) await turn();
    }
    assert.ok(sent < 32, `${sent} MB were taken from a client whose body nobody reads`);
  });
}

test("a client that does not read stops the backend, also through a filter", async (t) => {
  let sent = 0;
  const port = await upstream(t, (_request, response) => {
    const more = () => {
      while (sent < 512 && !response.destroyed) {
        sent += 1;
        if (!response.write(MEGABYTE)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  const running = await between(t, { a: plusOne }, port);
  const client = connect(running.port, "127.0.0.1", () => client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  client.pause();
  t.after(() => client.destroy());
  for (let before = -1; sent === 0 || sent !== before; ) {
    before = sent;
    for (let i = 0; i < 300; i += 1) await turn();
  }
  assert.ok(sent < 64, `${sent} MB were taken from the backend for a client that reads nothing`);
});

test("a tunnel's bytes pass no filter, and its head may wait", async (t) => {
  const wait = pending();
  const shown: string[] = [];
  const scripts: Record<string, Script> = {
    a: {
      onRequest: () => WHOLE,
      onRequestBody(_exchange, { bytes }) {
        shown.push(Buffer.from(bytes).toString());
        return NEXT;
      },
      onResponse: () => ({ kind: "wait", settle: wait.settle }),
      onResponseBody(_exchange, { bytes }) {
        shown.push(Buffer.from(bytes).toString());
        return NEXT;
      },
    },
  };
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", (chunk) => {
      if (!String(chunk).startsWith("GET")) return void socket.write(chunk);
      const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\nhello`,
      );
    });
  });
  const running = await between(t, scripts, port);
  const client = connect(running.port, "127.0.0.1", () =>
    client.write(
      "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ),
  );
  t.after(() => client.destroy());
  let text = "";
  client.on("data", (chunk) => {
    text += chunk;
  });
  await wait.awaited;
  wait.resolve(NEXT);
  while (!text.endsWith("hello")) await once(client, "data");
  assert.match(text, /^HTTP\/1\.1 101 /);
  client.write("world");
  while (!text.endsWith("world")) await once(client, "data");
  assert.deepEqual(shown, []);
});
