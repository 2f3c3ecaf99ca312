import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { answering, raw, rawUpstream, rule, snapshot, start, statusOf } from "./fixture.ts";

const GET = "GET /x HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";
const HEAD = "HEAD /x HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";
const POST = "POST /x HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

interface Case {
  name: string;
  answer: string;
  ending?: "keep" | "close" | "reset";
  request?: string;
  status: number;
  flags: string;
  /** What the client must see of the body; absent: not looked at. */
  body?: string;
  /** False: the client must notice that the response is incomplete. */
  complete?: boolean;
}

const CASES: Case[] = [
  { name: "O01 closes before a byte", answer: "", ending: "close", status: 502, flags: "UC" },
  { name: "O01 resets before a byte", answer: "", ending: "reset", status: 502, flags: "UC" },
  { name: "O01 half a status line", answer: "HTTP/1.1 20", ending: "close", status: 502, flags: "UC,UPE" },
  {
    name: "O01 not sent twice when it is unsafe",
    answer: "",
    ending: "close",
    request: POST,
    status: 502,
    flags: "UC",
  },
  {
    name: "O02 content-length 10, three bytes, close",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
    ending: "close",
    status: 200,
    flags: "UC",
    complete: false,
  },
  {
    name: "O02 truncated chunk",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nabc",
    ending: "close",
    status: 200,
    flags: "UC",
    complete: false,
  },
  {
    name: "O02 no last chunk",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ending: "close",
    status: 200,
    flags: "UC",
    complete: false,
  },
  {
    name: "O03 bytes behind the content-length",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdefgh",
    status: 200,
    flags: "-",
    body: "abc",
  },
  {
    name: "O05 content-length and transfer-encoding",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 502,
    flags: "UPE",
  },
  {
    name: "O05 two content-lengths",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
    status: 502,
    flags: "UPE",
  },
  {
    name: "O05 negative content-length",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\nabc",
    status: 502,
    flags: "UPE",
  },
  {
    name: "O05 bad chunk size",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc",
    status: 200,
    flags: "UPE",
    complete: false,
  },
  {
    name: "O06 transfer-encoding gzip, chunked",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    status: 502,
    flags: "UPE",
  },
  {
    name: "O08 103 for ever",
    answer: `${"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(50)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`,
    status: 502,
    flags: "UPE",
  },
  {
    name: "O09 a header of 1 MB",
    answer: `HTTP/1.1 200 OK\r\nx-big: ${"a".repeat(1_000_000)}\r\ncontent-length: 0\r\n\r\n`,
    status: 502,
    flags: "UPE",
  },
  {
    name: "O10 NUL in a header",
    answer: "HTTP/1.1 200 OK\r\nx-bad: a\u0000b\r\ncontent-length: 0\r\n\r\n",
    status: 502,
    flags: "UPE",
  },
  {
    name: "O10 DEL in a header",
    answer: "HTTP/1.1 200 OK\r\nx-bad: a\u007fb\r\ncontent-length: 0\r\n\r\n",
    status: 502,
    flags: "UPE",
  },
  {
    name: "O07 transfer-encoding in HTTP/1.0",
    answer: "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 502,
    flags: "UPE",
  },
  { name: "O11 status 099", answer: "HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n", status: 502, flags: "UPE" },
  { name: "O11 status 999", answer: "HTTP/1.1 999 High\r\ncontent-length: 0\r\n\r\n", status: 502, flags: "UPE" },
  { name: "O11 status 1000", answer: "HTTP/1.1 1000 More\r\ncontent-length: 0\r\n\r\n", status: 502, flags: "UPE" },
  {
    name: "O12 204 with a body",
    answer: "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc",
    status: 204,
    flags: "-",
    body: "",
  },
  {
    name: "O12 304 with a content-length",
    answer: "HTTP/1.1 304 Not Modified\r\ncontent-length: 30\r\netag: x\r\n\r\n",
    status: 304,
    flags: "-",
    body: "",
  },
  {
    name: "O12 HEAD with a body",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
    request: HEAD,
    status: 200,
    flags: "-",
    body: "",
  },
  { name: "O13 HTTP/2.0 on HTTP/1", answer: "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n", status: 502, flags: "UPE" },
  { name: "O13 garbage", answer: "hello, I am a teapot\r\n\r\n", status: 502, flags: "UPE" },
  {
    name: "O13 a TLS alert",
    answer: "\u0015\u0003\u0001\u0000\u0002\u0002\u0028",
    ending: "close",
    status: 502,
    flags: "UPE",
  },
  {
    name: "unsolicited 101",
    answer: "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    status: 502,
    flags: "UPE",
  },
];

for (const each of CASES) {
  test(each.name, async (t) => {
    const port = await answering(t, each.answer, each.ending);
    const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const answer = await raw(front, each.request ?? GET);
    const status = statusOf(answer.text.startsWith("HTTP/1.1 103") ? lastOf(answer) : answer);
    // A head may not have gone out yet when its body breaks.
    assert.ok(status === each.status || (each.complete === false && status === 0), answer.text);
    const [line] = await log();
    assert.ok(each.flags.split(",").includes(line?.flags ?? ""), `${line?.flags} ${line?.detail}`);
    if (each.body !== undefined) assert.equal(answer.text.split("\r\n\r\n")[1], each.body);
    if (each.complete === false) assert.equal(answer.clean, false, "the client could believe that this was all");
    else assert.equal(answer.clean, true);
    if (each.status >= 500) assert.doesNotMatch(answer.text, /127\.0\.0\.1|UND_ERR|HPE/, "leaks internals");
  });
}

function lastOf(answer: { text: string; clean: boolean }) {
  return { ...answer, text: answer.text.slice(answer.text.lastIndexOf("HTTP/1.1 ")) };
}

test("O01 an idempotent request is sent once more on a fresh connection", async (t) => {
  let connections = 0;
  const port = await rawUpstream(t, (socket) => {
    connections += 1;
    if (connections === 1) socket.once("data", () => socket.destroy());
    else socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
  });
  const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  assert.equal(statusOf(await raw(front, GET)), 200);
  const [line] = await log();
  assert.equal(line?.attempts, 2);
});

test("O01 a POST is not sent twice", async (t) => {
  let connections = 0;
  const port = await rawUpstream(t, (socket) => {
    connections += 1;
    socket.once("data", () => socket.destroy());
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  assert.equal(statusOf(await raw(front, POST)), 502);
  assert.equal(connections, 1);
});

test("O04 an unsolicited response on an idle connection reaches nobody", async (t) => {
  let served = 0;
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", () => {
      served += 1;
      const good = `HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood`;
      socket.write(served === 1 ? `${good}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil` : good);
    });
  });
  const { url } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  for (let i = 0; i < 3; i += 1) assert.equal(await (await fetch(url)).text(), "good");
});

/** Time stands still but where the test moves it. */
async function timed(t: TestContext, port: number, times: Parameters<typeof rule>[0]) {
  const clock = manualClock();
  const given = snapshot({ rules: [rule(times)], clusters: { "test/app:80": [port] } });
  return { ...(await start(t, given, { clock })), clock };
}

test("O14 never answers: 504 at the backend timeout, flag UT", async (t) => {
  let closed = false;
  const asked = Promise.withResolvers<void>();
  const port = await rawUpstream(t, (socket) => {
    socket.once("data", () => asked.resolve());
    socket.on("close", () => {
      closed = true;
    });
  });
  const { port: front, log, clock } = await timed(t, port, { backendTimeout: 10_000 });
  const answer = raw(front, GET);
  await asked.promise;
  clock.advance(20_000);
  assert.equal(statusOf(await answer), 504);
  assert.equal((await log())[0]?.flags, "UT");
  while (!closed) await new Promise((resolve) => setImmediate(resolve));
});

test("O14 never answers: 504 at the request timeout, flag UT", async (t) => {
  const asked = Promise.withResolvers<void>();
  const port = await rawUpstream(t, (socket) => void socket.once("data", () => asked.resolve()));
  const { port: front, log, clock } = await timed(t, port, { requestTimeout: 10_000 });
  const answer = raw(front, GET);
  await asked.promise;
  clock.advance(20_000);
  assert.equal(statusOf(await answer), 504);
  assert.equal((await log())[0]?.flags, "UT");
});

test("O14 stops in the middle of a body: the client's connection is reset at the timeout", async (t) => {
  const port = await answering(t, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
  const { port: front, log, clock } = await timed(t, port, { requestTimeout: 10_000 });
  const client = connect(front, "127.0.0.1", () => client.write(GET));
  t.after(() => client.destroy());
  const broken = once(client, "error");
  await once(client, "data");
  clock.advance(20_000);
  const [error] = await broken;
  assert.equal(error.code, "ECONNRESET");
  assert.equal((await log())[0]?.flags, "UT");
});

test("O15 answers before the body has come: relayed, the upload stops, the connection is not used again", async (t) => {
  let connections = 0;
  const port = await rawUpstream(t, (socket) => {
    connections += 1;
    socket.once("data", () => socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig"));
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const upload = "POST /x HTTP/1.1\r\nhost: a.test\r\ncontent-length: 1000000\r\n\r\nabc";
  const first = await raw(front, upload, { until: /big$/ });
  assert.equal(statusOf(first), 413);
  assert.equal(statusOf(await raw(front, upload, { until: /big$/ })), 413);
  assert.equal(connections, 2);
});

test("refused: 503, flag UF", async (t) => {
  const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [1] } }));
  const answer = await raw(front, POST);
  assert.equal(statusOf(answer), 503);
  assert.match(answer.text, /\{"error":"the backend could not be reached","code":503\}/);
  assert.equal((await log())[0]?.flags, "UF");
});

test("refused by one endpoint: another one gets the request, body and all", async (t) => {
  const port = await rawUpstream(t, (socket) => {
    let seen = "";
    socket.on("data", (chunk) => {
      seen += chunk;
      if (seen.endsWith("\r\n\r\nok")) socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  const clusters = { "test/app:80": [1, port] };
  for (const random of [0, 0.99]) {
    const { port: front } = await start(t, snapshot({ clusters }), { random: () => random });
    assert.equal(statusOf(await raw(front, POST)), 200);
  }
});

test("no ready endpoint: 503, flag UH", async (t) => {
  const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [] } }));
  assert.equal(statusOf(await raw(front, GET)), 503);
  assert.equal((await log())[0]?.flags, "UH");
});

test("a backend that does not exist: 500, flag NC", async (t) => {
  const { port: front, log } = await start(t, snapshot());
  assert.equal(statusOf(await raw(front, GET)), 500);
  const [line] = await log();
  assert.equal(line?.flags, "NC");
  assert.match(line?.detail ?? "", /test\/app:80/);
});
