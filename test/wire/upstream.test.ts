import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { rule } from "../proxy/fixture.ts";
import { settle } from "../settle.ts";
import { converse, readResponses } from "./client.ts";
import { type Answer, plainAnswer } from "./origin.ts";
import { PATIENCE_OF_OTHERS, type Probe, startProbe } from "./probe.ts";
import { valuesOf } from "./strict.ts";
import { type Heddle, startHeddle } from "./target.ts";

/** Milliseconds until a backend that does not finish is given up; time stands still but where a test moves it. */
const BACKEND_TIMEOUT = 10_000;
const clock = manualClock();

let heddle: Heddle;
let probe: Probe;

before(async () => {
  heddle = await startHeddle({ clock, rules: [rule({ backendTimeout: BACKEND_TIMEOUT })] });
  probe = startProbe(heddle.port);
});

afterEach(() => heddle.reset());

after(async () => {
  probe.stop();
  await heddle.close();
});

interface Case {
  readonly name: string;
  readonly answer: string;
  /** What the origin does behind the bytes; `keep` by default. */
  readonly ending?: Answer["ending"];
  readonly method?: "GET" | "HEAD" | "POST";
  /** Fields of the request, each ended. */
  readonly fields?: string;
  /** What the client sees; `cut`: half a response, recognisable as that, or none at all. */
  readonly want: number | "cut";
  readonly flag?: string;
  readonly body?: string;
  readonly interims?: readonly number[];
  /** The connection to the origin may carry the next request. */
  readonly reused?: boolean;
}

const OK = "HTTP/1.1 200 OK\r\n";
const chunked = (body: string): string => `${OK}transfer-encoding: chunked\r\n\r\n${body}`;
const sized = (length: number | string, body: string): string => `${OK}content-length: ${length}\r\n\r\n${body}`;
const EARLY = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
const broken = (name: string, answer: string, ending?: Answer["ending"]): Case => ({
  ...{ name, answer, want: 502, flag: "UPE" },
  ...(ending === undefined ? {} : { ending }),
});

const CASES: readonly Case[] = [
  { name: "O01 closes before a byte", answer: "", ending: "end", want: 502, flag: "UC" },
  { name: "O01 resets before a byte", answer: "", ending: "reset", want: 502, flag: "UC" },
  { name: "O01 closes before a byte, unsafe", answer: "", ending: "end", method: "POST", want: 502, flag: "UC" },
  { name: "O01 half a status line", answer: "HTTP/1.1 20", ending: "end", want: 502 },
  { name: "O01 half a head", answer: `${OK}content-le`, ending: "end", want: 502 },
  { name: "O01 half a head, reset", answer: `${OK}x: 1\r\n`, ending: "reset", want: 502 },
  { name: "O02 content-length 10, three bytes, end", answer: sized(10, "abc"), ending: "end", want: "cut", flag: "UC" },
  {
    name: "O02 content-length 10, three bytes, reset",
    answer: sized(10, "abc"),
    ending: "reset",
    want: "cut",
    flag: "UC",
  },
  { name: "O02 half a chunk", answer: chunked("a\r\nabc"), ending: "end", want: "cut", flag: "UC" },
  { name: "O02 no last chunk", answer: chunked("3\r\nabc\r\n"), ending: "end", want: "cut", flag: "UC" },
  { name: "O02 half a last chunk", answer: chunked("3\r\nabc\r\n0\r\n"), ending: "end", want: "cut", flag: "UC" },
  { name: "O02 half a chunk size", answer: chunked("3\r\nabc\r\n1"), ending: "end", want: "cut", flag: "UC" },
  { name: "O03 bytes behind the content-length", answer: sized(3, "abcdefgh"), want: 200, body: "abc" },
  {
    name: "O03 a response behind the last chunk",
    answer: `${chunked("1\r\nx\r\n0\r\n\r\n")}${sized(4, "evil")}`,
    want: 200,
    body: "x",
  },
  { name: "O04 a second response at once", answer: `${sized(4, "good")}${sized(4, "evil")}`, want: 200, body: "good" },
  { name: "O04 a second response without a body", answer: `${sized(0, "")}${sized(0, "")}`, want: 200, body: "" },
  broken(
    "O05 content-length and transfer-encoding",
    `${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  broken("O05 two content-lengths", `${OK}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`),
  broken("O05 two content-lengths that agree", `${OK}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`),
  broken("O05 a negative content-length", sized("-3", "abc")),
  broken("O05 a list of content-lengths", sized("3, 3", "abc")),
  broken("O05 a content-length with a plus", sized("+3", "abc")),
  broken("O05 an overlong content-length", sized("18446744073709551619", "abc")),
  { name: "O05 a bad chunk size", answer: chunked("zz\r\nabc"), want: "cut", flag: "UPE" },
  { name: "O05 a negative chunk size", answer: chunked("-1\r\nabc"), want: "cut", flag: "UPE" },
  {
    name: "O05 an overlong chunk size",
    answer: chunked("ffffffffffffffff3\r\nabc\r\n0\r\n\r\n"),
    want: "cut",
    flag: "UPE",
  },
  { name: "O05 a chunk without its end", answer: chunked("3\r\nabcX\r\n0\r\n\r\n"), want: "cut", flag: "UPE" },
  { name: "O05 a chunk with a bare LF", answer: chunked("3\nabc\n0\n\n"), want: "cut", flag: "UPE" },
  { name: "O05 a bad trailer", answer: chunked("3\r\nabc\r\n0\r\nx : 1\r\n\r\n"), want: "cut", flag: "UPE" },
  broken("O06 transfer-encoding gzip, chunked", `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`),
  broken("O06 transfer-encoding identity", `${OK}transfer-encoding: identity\r\n\r\nabc`),
  broken(
    "O06 transfer-encoding twice",
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  broken("O07 transfer-encoding in HTTP/1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
  broken("O08 103 fifty times", `${EARLY.repeat(50)}${sized(0, "")}`),
  broken("O08 103 ten thousand times", `${EARLY.repeat(10_000)}${sized(0, "")}`),
  broken("O08 100 for ever", "HTTP/1.1 100 Continue\r\n\r\n".repeat(5_000)),
  {
    name: "O08 103 ten times",
    answer: `${EARLY.repeat(10)}${sized(2, "ok")}`,
    want: 200,
    body: "ok",
    interims: Array(10).fill(103),
    reused: true,
  },
  broken("O09 a field of 1 MB", `${OK}x: ${"a".repeat(1_000_000)}\r\ncontent-length: 0\r\n\r\n`),
  broken("O09 20,000 fields", `${OK}${"x: 1\r\n".repeat(20_000)}content-length: 0\r\n\r\n`),
  broken("O09 a head without an end", `${OK}${"x: 1\r\n".repeat(20_000)}`),
  broken("O09 a status line without an end", `HTTP/1.1 200 ${"a".repeat(200_000)}`),
  broken("O10 a bare LF", `${OK}x: a\nb: c\r\ncontent-length: 0\r\n\r\n`),
  broken("O10 a NUL", `${OK}x: a\0b\r\ncontent-length: 0\r\n\r\n`),
  broken("O10 a bare CR", `${OK}x: a\rb\r\ncontent-length: 0\r\n\r\n`),
  broken("O10 a folded line", `${OK}x: a\r\n b\r\ncontent-length: 0\r\n\r\n`),
  broken("O10 DEL", `${OK}x: a\x7fb\r\ncontent-length: 0\r\n\r\n`),
  broken("O10 a space before the colon", `${OK}x : a\r\ncontent-length: 0\r\n\r\n`),
  broken("O10 line ends without CR", "HTTP/1.1 200 OK\ncontent-length: 0\n\n", "end"),
  broken("O11 status 099", "HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n"),
  broken("O11 status 600", "HTTP/1.1 600 High\r\ncontent-length: 0\r\n\r\n"),
  broken("O11 status 999", "HTTP/1.1 999 High\r\ncontent-length: 0\r\n\r\n"),
  broken("O11 status 1000", "HTTP/1.1 1000 More\r\ncontent-length: 0\r\n\r\n"),
  broken("O11 status 20", "HTTP/1.1 20 Less\r\ncontent-length: 0\r\n\r\n"),
  broken("O11 status -200", "HTTP/1.1 -200 OK\r\ncontent-length: 0\r\n\r\n"),
  {
    name: "O12 204 with a body",
    answer: "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc",
    want: 204,
    body: "",
  },
  { name: "O12 204 with bytes behind it", answer: "HTTP/1.1 204 No Content\r\n\r\nabc", want: 204, body: "" },
  {
    name: "O12 204 with a transfer-encoding",
    answer: "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    want: 204,
    body: "",
  },
  {
    name: "O12 304 with a content-length",
    answer: "HTTP/1.1 304 Not Modified\r\ncontent-length: 30\r\n\r\n",
    want: 304,
    body: "",
    reused: true,
  },
  {
    name: "O12 304 with a body",
    answer: "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\nabc",
    want: 304,
    body: "",
  },
  { name: "O12 HEAD with a body", answer: sized(3, "abc"), method: "HEAD", want: 200, body: "" },
  {
    name: "O12 HEAD with a chunked body",
    answer: chunked("3\r\nabc\r\n0\r\n\r\n"),
    method: "HEAD",
    want: 200,
    body: "",
  },
  broken("O13 HTTP/2.0", "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n"),
  broken("O13 HTTP/0.9", "hello\r\n", "end"),
  broken("O13 garbage", "hello, I am a teapot\r\n\r\n"),
  broken("O13 a TLS alert", "\x15\x03\x01\x00\x02\x02\x28", "end"),
  broken("O13 HTTP/2's settings", "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "end"),
  broken("O13 a line in front", `\r\n${sized(0, "")}`),
  broken("O13 ICY", "ICY 200 OK\r\n\r\n"),
  { name: "O14 never answers", answer: "", want: 504, flag: "UT" },
  { name: "O14 half a head, then nothing", answer: `${OK}content-`, want: 504, flag: "UT" },
  { name: "O14 half a body, then nothing", answer: sized(10, "abc"), want: "cut", flag: "UT" },
  {
    name: "O16 connection: close",
    answer: `${OK}connection: close\r\ncontent-length: 2\r\n\r\nok`,
    want: 200,
    body: "ok",
  },
  {
    name: "O16 keep-alive: timeout=1",
    answer: `${OK}keep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok`,
    want: 200,
    body: "ok",
  },
  { name: "O16 HTTP/1.0", answer: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", want: 200, body: "ok" },
  {
    name: "O16 a body that ends with the connection",
    answer: `${OK}\r\nto the end`,
    ending: "end",
    want: 200,
    body: "to the end",
  },
  { name: "a plain answer", answer: sized(2, "ok"), want: 200, body: "ok", reused: true },
  {
    name: "N02 trailers for a client that takes none",
    answer: chunked("2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n"),
    want: 200,
    body: "ok",
    reused: true,
  },
  {
    name: "N05 100 without being asked",
    answer: `HTTP/1.1 100 Continue\r\n\r\n${sized(2, "ok")}`,
    want: 200,
    body: "ok",
    reused: true,
  },
  { name: "N05 199", answer: `HTTP/1.1 199 Odd\r\n\r\n${sized(2, "ok")}`, want: 200, body: "ok", reused: true },
  broken(
    "N05 101 without being asked",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  ),
  broken("N05 101 behind 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\nGET /"),
  broken("N05 103 with a body", `HTTP/1.1 103 Early Hints\r\ncontent-length: 5\r\n\r\nhello${sized(2, "ok")}`),
];

const request = ({ method = "GET", fields = "" }: Pick<Case, "method" | "fields">, end = ""): string =>
  `${method} /x HTTP/1.1\r\nHost: a.test\r\n${fields}${end}${method === "POST" ? "Content-Length: 2\r\n\r\nok" : "\r\n"}`;

/** All exchanges have ended. */
async function settled(): Promise<void> {
  while (heddle.proxy.active > 0) await setImmediate();
}

for (const each of CASES) {
  test(each.name, async () => {
    const { origin } = heddle;
    probe.worst();
    const answering: number[] = [];
    const following: number[] = [];
    let answered = 0;
    origin.answer = (message, _, connection) => {
      (message.target === "/next" ? following : answering).push(connection);
      if (message.target === "/next") return plainAnswer(message);
      answered += 1;
      return { bytes: each.answer, ending: each.ending ?? "keep" };
    };
    // The next request waits on the same connection: it may not get anything of this answer.
    const next = "GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
    const conversation = converse(heddle.port, [request(each) + next]);
    if (each.flag === "UT") {
      while (answered === 0) await setImmediate();
      await settle();
      clock.advance(2 * BACKEND_TIMEOUT);
    }
    const { text, ending } = await conversation;
    const methods = [each.method ?? "GET", "GET"];
    const { finals, interims, wrong } = readResponses(text, methods, ending === "end" && each.want !== "cut");
    await settled();
    const [line] = heddle.lines;
    assert.notEqual(ending, "open", text);
    assert.doesNotMatch(text, /evil/);
    if (each.want === "cut") {
      assert.equal(finals.length, 0, "the client could believe that this was all");
      assert.match(wrong ?? "incomplete", /^incomplete/);
    } else {
      assert.equal(wrong, undefined);
      assert.deepEqual(
        finals.map(({ status }) => status),
        [each.want, 200],
      );
      if (each.body !== undefined) assert.equal(finals[0]?.body, each.body);
      assert.equal(finals[1]?.body, "ok");
    }
    if (each.flag !== undefined) assert.equal(line?.flags, each.flag, `${line?.detail}`);
    if (each.interims !== undefined) assert.equal(String(interims.map(({ status }) => status)), String(each.interims));
    if ((each.want as number) >= 500) assert.doesNotMatch(text, /127\.0\.0\.1|byte \d|ECONN/, "says what is inside");
    if (each.method === "POST") assert.equal(answered, 1, "an unsafe request was sent twice");
    assert.ok(answered <= 2);
    // A connection that misbehaved has seen its last request.
    const fresh = await converse(heddle.port, ["GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"]);
    assert.equal(readResponses(fresh.text, ["GET"]).finals[0]?.body, "ok", fresh.text);
    if (each.reused !== true)
      assert.ok(!following.some((one) => answering.includes(one)), "the connection was used again");
    const worst = probe.worst();
    assert.ok(worst <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
  });
}

for (const each of CASES.filter(({ reused }) => reused)) {
  test(`used again: ${each.name}`, async () => {
    const used: number[] = [];
    heddle.origin.answer = (_, __, connection) => {
      used.push(connection);
      return each.answer;
    };
    for (let round = 0; round < 3; round += 1) await converse(heddle.port, [request(each, "Connection: close\r\n")]);
    assert.deepEqual(used, [used[0], used[0], used[0]]);
  });
}

test("O15 answers before the request is complete: relayed, the upload stops, neither connection is used again", async () => {
  const { origin } = heddle;
  const ports = new Set<number>();
  origin.early = (connection) => {
    ports.add(connection);
    return "HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig";
  };
  const upload = "POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nabc";
  for (let round = 0; round < 2; round += 1) {
    const { text, ending } = await converse(heddle.port, [upload]);
    const { finals } = readResponses(text, ["POST"]);
    assert.deepEqual(
      finals.map(({ status, body }) => [status, body]),
      [[413, "big"]],
    );
    assert.equal(ending, "end");
  }
  assert.equal(ports.size, 2);
  assert.equal(origin.requests.length, 0);
});

test("O17 fields about the connection go, Set-Cookie stays in lines of its own", async () => {
  heddle.origin.answer = () =>
    `${OK}connection: keep-alive, x-inner\r\nx-inner: 1\r\nkeep-alive: timeout=9\r\nproxy-connection: x\r\nupgrade: h2c\r\n` +
    "trailer: x-sum\r\nset-cookie: a=b\r\nset-cookie: c=d\r\nx-kept: 1\r\ncontent-length: 2\r\n\r\nok";
  const { text } = await converse(heddle.port, [request({}, "Connection: close\r\n")]);
  const [response] = readResponses(text, ["GET"]).finals;
  const fields = response?.fields ?? [];
  assert.deepEqual(valuesOf(fields, "set-cookie"), ["a=b", "c=d"]);
  assert.deepEqual(valuesOf(fields, "x-kept"), ["1"]);
  assert.deepEqual(valuesOf(fields, "connection"), ["close"]);
  for (const name of ["x-inner", "keep-alive", "proxy-connection", "upgrade", "trailer"])
    assert.deepEqual(valuesOf(fields, name), [], name);
});

test("O20 an answer of 503 is an answer: nothing is sent again", async () => {
  let answered = 0;
  heddle.origin.answer = () => {
    answered += 1;
    return "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
  };
  for (let round = 0; round < 20; round += 1) await converse(heddle.port, [request({}, "Connection: close\r\n")]);
  assert.equal(answered, 20);
});

test("N01 trailers for a client that asked: what may not be a trailer is dropped, nothing joins the head", async () => {
  const trailers =
    "content-length: 9\r\nset-cookie: a=b\r\nx-sum: 1\r\nhost: evil\r\nconnection: close\r\nx-sum: 2\r\nauthorization: z\r\n";
  heddle.origin.answer = () => `${OK}transfer-encoding: chunked\r\nx-sum: head\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`;
  const { text } = await converse(heddle.port, [request({}, "TE: trailers\r\nConnection: te, close\r\n")]);
  const [response] = readResponses(text, ["GET"]).finals;
  assert.equal(response?.body, "ok");
  assert.deepEqual(valuesOf(response?.fields ?? [], "x-sum"), ["head"]);
  assert.deepEqual(response?.trailers, [
    ["x-sum", "1"],
    ["x-sum", "2"],
  ]);
});

test("N01 5,000 trailers: cut off", async () => {
  heddle.origin.answer = () => `${chunked("2\r\nok\r\n0\r\n")}${"x: 1\r\n".repeat(5_000)}\r\n`;
  const { text } = await converse(heddle.port, [request({}, "TE: trailers\r\nConnection: te, close\r\n")]);
  assert.equal(readResponses(text, ["GET"], false).finals.length, 0);
});

test("N05 interim responses without end do not put the time off", async () => {
  const { origin } = heddle;
  let passed = 0;
  origin.trickle = async (write) => {
    for (; write("HTTP/1.1 102 Processing\r\n\r\n"); passed += BACKEND_TIMEOUT / 5) {
      await settle();
      clock.advance(BACKEND_TIMEOUT / 5);
    }
  };
  const { text } = await converse(heddle.port, [request({}, "Connection: close\r\n")]);
  const { finals } = readResponses(text, ["GET"]);
  assert.equal(finals[0]?.status, 504, text);
  assert.ok(passed <= 1.2 * BACKEND_TIMEOUT, `${passed} ms`);
});
