import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { settle } from "../settle.ts";
import { converse, readResponses } from "./client.ts";
import { plainAnswer } from "./origin.ts";
import { PATIENCE_OF_OTHERS, startProbe } from "./probe.ts";
import { valuesOf } from "./strict.ts";
import { type Heddle, type HeddleOptions, startHeddle } from "./target.ts";

const HEAD = "POST /x HTTP/1.1\r\nHost: a.test\r\n";
const GET = "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n";
const LAST = "GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";

/** With a probe that must be answered within 250 ms from beginning to end. */
async function start(t: TestContext, options: HeddleOptions = {}): Promise<Heddle> {
  const heddle = await startHeddle(options);
  const probe = startProbe(heddle.port);
  t.after(async () => {
    const worst = probe.stop();
    await heddle.close();
    assert.ok(worst <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
  });
  return heddle;
}

interface Client {
  readonly socket: Socket;
  text: string;
  readonly closed: Promise<string>;
}

function open(t: TestContext, port: number): Client {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  const { promise, resolve } = Promise.withResolvers<string>();
  const client: Client = { socket, text: "", closed: promise };
  socket.on("data", (bytes) => {
    client.text += bytes.toString("latin1");
  });
  socket.on("end", () => socket.end());
  socket.on("error", () => {});
  socket.on("close", () => resolve(client.text));
  t.after(() => socket.destroy());
  return client;
}

async function until(holds: () => boolean, patience = 20_000): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > patience) throw new Error(`never: ${holds}`);
    await setImmediate();
  }
}

const statusOf = (text: string): number => readResponses(text, ["GET"]).finals.at(-1)?.status ?? 0;

/** The wheel's own tick is real; what it reads is the clock that the test moves. */
const moved = async (clock: ReturnType<typeof manualClock>, milliseconds: number): Promise<void> => {
  await settle();
  clock.advance(milliseconds);
  await settle();
};

test("S01 a head that comes byte by byte: 408 at the time for heads, however late the last byte was", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { headersTimeout: 10_000 } });
  const client = open(t, heddle.port);
  for (const byte of "GET / HTTP/1.1") {
    client.socket.write(byte);
    await moved(clock, 500);
  }
  assert.equal(client.text, "");
  await moved(clock, 9_000);
  assert.equal(statusOf(await client.closed), 408);
  const [line] = heddle.lines;
  assert.deepEqual([line?.status, line?.flags], [408, "SI"]);
  assert.equal(
    [...heddle.refused().values()].reduce((one, other) => one + other, 0),
    1,
  );
});

test("S01 nothing after the connection: closed at the time for heads", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { headersTimeout: 10_000 } });
  const client = open(t, heddle.port);
  await until(() => client.socket.readyState === "open");
  await moved(clock, 21_000);
  await client.closed;
  assert.equal(heddle.origin.requests.length, 0);
});

test("S01 a second head on a connection has the same time, from its first byte", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { headersTimeout: 10_000, keepAliveTimeout: 60_000 } });
  const client = open(t, heddle.port);
  client.socket.write(GET);
  await until(() => client.text.endsWith("ok"));
  await moved(clock, 20_000);
  client.socket.write("GET /x HT");
  await moved(clock, 9_000);
  assert.equal(readResponses(client.text, ["GET"]).finals.length, 1);
  await moved(clock, 12_000);
  assert.equal(statusOf(await client.closed), 408);
});

for (const [name, framing, piece] of [
  ["length", "Content-Length: 100000\r\n", "x"],
  ["chunks", "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n"],
] as const) {
  test(`S02 a body by ${name} that never ends: 408 at the time for requests, the backend's request is cut`, async (t) => {
    const clock = manualClock();
    const heddle = await start(t, { clock, limits: { requestTimeout: 60_000, bodyRate: 0 } });
    const client = open(t, heddle.port);
    client.socket.write(`${HEAD}${framing}\r\n`);
    for (let round = 0; round < 10; round += 1) {
      client.socket.write(piece);
      await moved(clock, 5_000);
    }
    assert.equal(client.text, "");
    assert.equal(heddle.origin.pending, 1);
    await moved(clock, 30_000);
    assert.equal(statusOf(await client.closed), 408);
    await until(() => heddle.origin.pending === 0);
    assert.deepEqual([heddle.origin.requests.length, heddle.origin.cut], [0, 1]);
    assert.deepEqual(
      heddle.lines.map(({ status, flags }) => [status, flags]),
      [[408, "SI"]],
    );
  });
}

test("S02 a body below the rate: 408 once it has run for ten seconds", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { requestTimeout: 600_000, bodyRate: 500 } });
  const client = open(t, heddle.port);
  client.socket.write(`${HEAD}Content-Length: 100000\r\n\r\n`);
  for (let round = 0; round < 9; round += 1) {
    client.socket.write("x".repeat(100));
    await moved(clock, 1_000);
  }
  assert.equal(client.text, "");
  await moved(clock, 12_000);
  assert.equal(statusOf(await client.closed), 408);
});

test("S02 a body above the rate may take its time", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { requestTimeout: 600_000, bodyRate: 500 } });
  const client = open(t, heddle.port);
  client.socket.write(`${HEAD}Content-Length: 40000\r\nConnection: close\r\n\r\n`);
  for (let round = 0; round < 20; round += 1) {
    client.socket.write("x".repeat(2_000));
    await moved(clock, 1_500);
  }
  assert.equal(statusOf(await client.closed), 200);
  assert.equal(heddle.origin.requests[0]?.body.length, 40_000);
});

test("S03 a client that reads nothing of 50 MB: cut off after the stall time, and little is held meanwhile", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { stallTimeout: 60_000 } });
  const { origin } = heddle;
  const total = 50_000_000;
  let written = 0;
  origin.trickle = async (write) => {
    write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
    const piece = "y".repeat(65_536);
    while (written < total && origin.backlog < 1_000_000) {
      if (!write(piece)) return;
      written += piece.length;
      await setImmediate();
    }
  };
  const before = process.memoryUsage();
  const client = connect({ port: heddle.port, host: "127.0.0.1" });
  t.after(() => client.destroy());
  client.on("error", () => {});
  client.pause();
  client.write(GET);
  await until(() => origin.backlog >= 1_000_000);
  const during = process.memoryUsage();
  // The system's own buffers take a few megabytes; the process holds the origin's backlog and hardly more.
  assert.ok(written < 20_000_000, `${written} of ${total} were taken`);
  assert.ok(during.arrayBuffers - before.arrayBuffers < 8_000_000, `${during.arrayBuffers - before.arrayBuffers} more`);
  assert.equal(heddle.proxy.active >= 1, true);
  await moved(clock, 130_000);
  await until(() => heddle.lines.length > 0);
  assert.equal(heddle.lines[0]?.flags, "SI");
});

test("S04 connections up to the cap, no further; those that are open go on", async (t) => {
  const heddle = await start(t, { limits: { connections: 40 } });
  const clients = Array.from({ length: 60 }, () => open(t, heddle.port));
  let refused = 0;
  for (const { socket } of clients) socket.on("close", () => (refused += 1));
  await until(() => refused >= 21);
  await settle();
  // The probe holds one of them.
  assert.equal(refused, 21);
  const alive = clients.filter(({ socket }) => !socket.destroyed);
  for (const { socket } of alive) socket.write(GET);
  await until(() => alive.every(({ text }) => text.endsWith("ok")));
  for (const { socket } of alive.slice(0, 5)) socket.destroy();
  // The proxy hears of those that left in its own time.
  while (statusOf((await converse(heddle.port, [LAST])).text) !== 200);
});

test("S05 an idle connection is closed in good order; one that waits for a response never is", async (t) => {
  const clock = manualClock();
  const heddle = await start(t, { clock, limits: { keepAliveTimeout: 5_000 } });
  const [idle, busy] = [open(t, heddle.port), open(t, heddle.port)];
  const answers: ((text: string) => boolean)[] = [];
  idle.socket.write(GET);
  await until(() => idle.text.endsWith("ok"));
  heddle.origin.trickle = async (write) => void answers.push(write);
  busy.socket.write(GET);
  await until(() => answers.length === 1);
  await moved(clock, 20_000);
  assert.equal(readResponses(await idle.closed, ["GET"]).finals.length, 1);
  await moved(clock, 300_000);
  assert.equal(busy.text, "");
  answers[0]?.("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate");
  await until(() => busy.text.endsWith("late"));
});

test("S05 requests at the edge of the idle time: an answer, or an end before any byte of one", async (t) => {
  const heddle = await start(t, { limits: { keepAliveTimeout: 25 } });
  const seen = { answered: 0, ended: 0 };
  const trial = async (pause: number) => {
    const client = open(t, heddle.port);
    client.socket.write(GET);
    await until(() => client.text.endsWith("ok"));
    client.text = "";
    await setTimeout(pause);
    client.socket.write(LAST);
    const text = await client.closed;
    if (text === "") seen.ended += 1;
    else {
      assert.equal(statusOf(text), 200, text);
      seen.answered += 1;
    }
  };
  for (let round = 0; round < 20; round += 1)
    await Promise.all(Array.from({ length: 15 }, (_, index) => trial(22 + index * 2)));
  assert.equal(seen.answered + seen.ended, 300);
  assert.ok(seen.ended > 0, "the edge was never met");
});

test("S09 a target, a cookie and a head at their limits pass, one byte more does not", async (t) => {
  const heddle = await start(t);
  const ask = async (target: string, fields: string) => {
    const { text } = await converse(heddle.port, [
      `GET ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${fields}\r\n`,
    ]);
    return statusOf(text);
  };
  assert.equal(await ask(`/${"a".repeat(8_191)}`, ""), 200);
  assert.equal(await ask(`/${"a".repeat(8_192)}`, ""), 414);
  const cookies = Array.from({ length: 64 }, (_, index) => `Cookie: c${index}=${"v".repeat(60)}\r\n`).join("");
  assert.equal(await ask("/x", cookies), 200);
  const [cookie] = heddle.origin.requests.slice(-1).map(({ fields }) => valuesOf(fields, "cookie"));
  assert.equal(cookie?.length, 64);
  const used = "GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nX: \r\n\r\n".length;
  assert.equal(await ask("/x", `X: ${"a".repeat(16_384 - used)}\r\n`), 200);
  assert.equal(await ask("/x", `X: ${"a".repeat(16_385 - used)}\r\n`), 431);
  const names = (count: number) => Array.from({ length: count }, (_, index) => `X${index}: 1\r\n`).join("");
  assert.equal(await ask("/x", names(98)), 200);
  assert.equal(await ask("/x", names(99)), 431);
});

test("S10 no file descriptors left: what is open is served, and all is well again afterwards", async () => {
  const child = spawn(
    "sh",
    ["-c", `ulimit -n 64; exec "${process.execPath}" "${new URL("./few-files.ts", import.meta.url).pathname}"`],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let said = "";
  child.stdout.on("data", (bytes) => {
    said += bytes;
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(code, 0, said);
  assert.match(said, /exhausted, served, recovered/);
});

test("S11 the event loop stands still in the middle of responses: they are whole all the same", async (t) => {
  const heddle = await startHeddle();
  t.after(() => heddle.close());
  heddle.origin.answer = (request) =>
    request.target === "/x"
      ? `HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n${"z".repeat(200_000)}`
      : plainAnswer(request);
  const clients = Array.from({ length: 10 }, () => open(t, heddle.port));
  for (const { socket } of clients) socket.write(LAST);
  await until(() => clients.some(({ text }) => text.length > 0));
  const end = performance.now() + 500;
  while (performance.now() < end);
  for (const { closed } of clients) assert.equal(readResponses(await closed, ["GET"]).finals[0]?.body.length, 200_000);
  assert.equal(statusOf((await converse(heddle.port, [LAST])).text), 200);
});

test("N06 a backend that fails in the middle of a body on a connection that was used before: that connection is gone", async (t) => {
  const heddle = await start(t);
  const used: number[] = [];
  heddle.origin.answer = (request, index, connection) => {
    used.push(connection);
    if (index !== 1) return plainAnswer(request);
    return { bytes: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", ending: "reset" };
  };
  assert.equal(statusOf((await converse(heddle.port, [LAST])).text), 200);
  assert.equal(readResponses((await converse(heddle.port, [LAST])).text, ["GET"], false).finals.length, 0);
  assert.equal(statusOf((await converse(heddle.port, [LAST])).text), 200);
  assert.equal(used[0], used[1]);
  assert.notEqual(used[1], used[2]);
});

test("N07 clients that leave in the middle of an upload, 1,000 times: nothing of them is left", async (t) => {
  const heddle = await start(t);
  for (let round = 0; round < 50; round += 1) {
    const clients = Array.from({ length: 20 }, () => open(t, heddle.port));
    for (const { socket } of clients) socket.write(`${HEAD}Content-Length: 100000\r\n\r\nabc`);
    // All of them: one that left before it was accepted would not be served.
    await until(() => heddle.origin.pending === clients.length);
    for (const { socket } of clients) socket.resetAndDestroy();
    await Promise.all(clients.map(({ closed }) => closed));
    await until(() => heddle.origin.pending === 0);
  }
  await until(() => heddle.proxy.active === 0 && heddle.origin.pending === 0);
  assert.equal(heddle.origin.requests.length, 0);
  assert.equal(heddle.lines.filter(({ flags }) => flags === "DC").length, 1_000);
  await until(() => heddle.origin.connections === 0);
});

test("N08 a pooled connection that its backend has closed: only what is safe is sent once more", async (t) => {
  const heddle = await start(t);
  const ask = async (request: string) =>
    readResponses((await converse(heddle.port, [request])).text, ["GET"]).finals[0];
  for (const [request, wanted] of [
    [LAST, 200],
    [`${HEAD}Connection: close\r\nContent-Length: 2\r\n\r\nok`, 502],
  ] as const) {
    heddle.reset();
    assert.equal((await ask(LAST))?.status, 200);
    // The connection dies with the next request that comes over it, before an answer.
    let asked = 0;
    heddle.origin.answer = (message) => {
      asked += 1;
      return asked === 1 ? { bytes: "", ending: "reset" } : plainAnswer(message);
    };
    assert.equal((await ask(request))?.status, wanted);
    assert.equal(asked, wanted === 200 ? 2 : 1);
  }
});

interface Expecting {
  readonly name: string;
  readonly head: string;
  /** What is sent once the proxy has said 100, or at once where `eager`. */
  readonly body: string;
  readonly eager?: boolean;
  readonly answer?: string;
  readonly want: number;
  readonly invited: boolean;
}

const EXPECT = "Expect: 100-continue\r\n";

const EXPECTATIONS: readonly Expecting[] = [
  {
    name: "the body waits for 100",
    head: `${HEAD}${EXPECT}Content-Length: 5\r\n\r\n`,
    body: "hello",
    want: 200,
    invited: true,
  },
  {
    name: "chunked",
    head: `${HEAD}${EXPECT}Transfer-Encoding: chunked\r\n\r\n`,
    body: "5\r\nhello\r\n0\r\n\r\n",
    want: 200,
    invited: true,
  },
  { name: "no body", head: `${HEAD}${EXPECT}\r\n`, body: "", want: 200, invited: false },
  { name: "length 0", head: `${HEAD}${EXPECT}Content-Length: 0\r\n\r\n`, body: "", want: 200, invited: false },
  { name: "GET", head: `GET /x HTTP/1.1\r\nHost: a.test\r\n${EXPECT}\r\n`, body: "", want: 200, invited: false },
  {
    name: "an unknown expectation",
    head: `${HEAD}Expect: 200-ok\r\nContent-Length: 5\r\n\r\n`,
    body: "hello",
    want: 417,
    invited: false,
  },
  {
    name: "a list",
    head: `${HEAD}Expect: 100-continue, x\r\nContent-Length: 5\r\n\r\n`,
    body: "hello",
    want: 417,
    invited: false,
  },
];

for (const { name, head, body, want, invited } of EXPECTATIONS) {
  test(`N04 ${name}: ${want}${invited ? " behind 100" : ""}`, async (t) => {
    const heddle = await start(t);
    const client = open(t, heddle.port);
    client.socket.write(head, "latin1");
    if (invited) {
      await until(() => client.text.includes("\r\n\r\n"));
      assert.equal(client.text, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    client.socket.write(body);
    await until(() => readResponses(client.text, ["POST"], false).finals.length > 0);
    assert.equal(statusOf(client.text), want);
    client.socket.end();
    await client.closed;
    assert.equal(readResponses(client.text, ["POST"]).finals.length, 1);
    assert.equal(heddle.origin.requests.length, want === 200 ? 1 : 0);
    if (want === 200 && invited) assert.equal(heddle.origin.requests[0]?.body, "hello");
  });
}

test("N04 refused before the body: no 100, and what comes as a body is never a request", async (t) => {
  const heddle = await start(t, { rules: [] });
  const smuggled = "GET /probe HTTP/1.1\r\nHost: a.test\r\n\r\n";
  const client = open(t, heddle.port);
  client.socket.write(`${HEAD}${EXPECT}Content-Length: ${smuggled.length}\r\n\r\n`);
  await until(() => client.text.includes("\r\n\r\n"));
  assert.equal(statusOf(client.text), 404);
  client.socket.write(smuggled);
  client.socket.end();
  await client.closed;
  assert.doesNotMatch(client.text, / 100 |\r\n\r\nprobe/);
  assert.equal(readResponses(client.text, ["POST"]).finals.length, 1);
});

test("N04 the backend answers before the body: that answer, and what is still to come is never a request", async (t) => {
  const heddle = await start(t);
  heddle.origin.early = () => "HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n";
  const smuggled = "GET /probe HTTP/1.1\r\nHost: a.test\r\n\r\n";
  const client = open(t, heddle.port);
  client.socket.write(`${HEAD}${EXPECT}Content-Length: ${smuggled.length}\r\n\r\n`);
  await until(() => / 417 /.test(client.text));
  client.socket.write(smuggled);
  await client.closed;
  assert.doesNotMatch(client.text, /\r\n\r\nprobe/);
  assert.equal(readResponses(client.text, ["POST"]).finals.length, 1);
});

test("large: 3 MB up and down, by length and by chunks, byte for byte", async (t) => {
  const heddle = await start(t);
  const data = "0123456789abcdefghijklmnopqrstu\0\r\n\xff".repeat(86_000);
  const chunks = Array.from({ length: Math.ceil(data.length / 50_000) }, (_, index) =>
    data.slice(index * 50_000, (index + 1) * 50_000),
  ).map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  const coded = `${chunks.join("")}0\r\n\r\n`;
  const [length, coding] = [
    `Content-Length: ${data.length}\r\n\r\n${data}`,
    `Transfer-Encoding: chunked\r\n\r\n${coded}`,
  ];
  for (const [up, down] of [
    [length, coding],
    [coding, length],
  ] as const) {
    heddle.reset();
    heddle.origin.answer = () => `HTTP/1.1 200 OK\r\n${down}`;
    const { text, ending } = await converse(heddle.port, [`${HEAD}Connection: close\r\n${up}`], { patience: 60_000 });
    const [response] = readResponses(text, ["POST"]).finals;
    assert.equal(ending, "end");
    assert.ok(response?.body === data, `${response?.status} ${response?.body.length}`);
    assert.ok(heddle.origin.requests[0]?.body === data);
  }
});
