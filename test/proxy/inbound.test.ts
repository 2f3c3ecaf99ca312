import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, Socket } from "node:net";
import { test } from "node:test";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { settle } from "../settle.ts";
import { raw, rawUpstream, snapshot, start, statusOf } from "./fixture.ts";

interface Case {
  name: string;
  request: string;
  status: number;
  detail: RegExp;
}

const HOST = "host: a.test\r\n";

const REFUSED: Case[] = [
  { name: "two hosts", request: `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, status: 400, detail: /host_repeated/ },
  { name: "no host", request: "GET / HTTP/1.1\r\n\r\n", status: 400, detail: /host_missing/ },
  { name: "userinfo in host", request: "GET / HTTP/1.1\r\nhost: u@a\r\n\r\n", status: 400, detail: /host_syntax/ },
  {
    name: "content-length and transfer-encoding",
    request: `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    detail: /length_and_coding/,
  },
  {
    name: "two content-lengths",
    request: `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`,
    status: 400,
    detail: /length_repeated/,
  },
  {
    name: "content-length with a sign",
    request: `POST / HTTP/1.1\r\n${HOST}content-length: +3\r\n\r\nabc`,
    status: 400,
    detail: /length_syntax/,
  },
  {
    name: "transfer-encoding gzip, chunked",
    request: `POST / HTTP/1.1\r\n${HOST}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    detail: /coding_unknown/,
  },
  {
    name: "transfer-encoding in HTTP/1.0",
    request: `POST / HTTP/1.0\r\n${HOST}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    detail: /coding_in_1_0/,
  },
  { name: "HTTP/2.0", request: `GET / HTTP/2.0\r\n${HOST}\r\n`, status: 505, detail: /version_unsupported/ },
  { name: "HTTP/0.9", request: `GET / HTTP/0.9\r\n${HOST}\r\n`, status: 505, detail: /version_unsupported/ },
  { name: "no version", request: `GET /\r\n${HOST}\r\n`, status: 400, detail: /target_syntax|version_syntax/ },
  { name: "garbage", request: "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", status: 400, detail: /method_syntax/ },
  {
    name: "space before colon",
    request: `GET / HTTP/1.1\r\n${HOST}x-a : b\r\n\r\n`,
    status: 400,
    detail: /name_space/,
  },
  { name: "obs-fold", request: `GET / HTTP/1.1\r\n${HOST}x-a: b\r\n c\r\n\r\n`, status: 400, detail: /folded_line/ },
  { name: "NUL in a value", request: `GET / HTTP/1.1\r\n${HOST}x-a: \u0000\r\n\r\n`, status: 400, detail: /value_nul/ },
  { name: "bare CR", request: `GET / HTTP/1.1\r\n${HOST}x-a: b\rc\r\n\r\n`, status: 400, detail: /bare_cr/ },
  { name: "CONNECT", request: "CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\n\r\n", status: 405, detail: /connect/ },
  { name: "TRACE", request: `TRACE / HTTP/1.1\r\n${HOST}\r\n`, status: 405, detail: /method_refused/ },
  {
    name: "WebSocket without a key",
    request: `GET / HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n`,
    status: 400,
    detail: /upgrade_invalid/,
  },
  {
    name: "an unknown expectation",
    request: `POST / HTTP/1.1\r\n${HOST}expect: 100-continue, x\r\ncontent-length: 1\r\n\r\n`,
    status: 417,
    detail: /expectation/,
  },
  {
    name: "header of 20 KB",
    request: `GET / HTTP/1.1\r\n${HOST}x: ${"a".repeat(20_000)}\r\n\r\n`,
    status: 431,
    detail: /head_too_large/,
  },
  {
    name: "300 headers",
    request: `GET / HTTP/1.1\r\n${HOST}${"x: y\r\n".repeat(300)}\r\n`,
    status: 431,
    detail: /too_many_fields/,
  },
  {
    name: "path above the root",
    request: `GET /../etc HTTP/1.1\r\n${HOST}\r\n`,
    status: 400,
    detail: /path_above_root/,
  },
  { name: "encoded slash", request: `GET /a%2fb HTTP/1.1\r\n${HOST}\r\n`, status: 400, detail: /path_/ },
  { name: "ftp target", request: `GET ftp://a.test/ HTTP/1.1\r\n${HOST}\r\n`, status: 400, detail: /target_syntax/ },
];

for (const each of REFUSED) {
  test(`refused: ${each.name}`, async (t) => {
    let reached = false;
    const port = await rawUpstream(t, () => {
      reached = true;
    });
    const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const answer = await raw(front, each.request, { until: /\r\n\r\n\{.*\}\n?$/s });
    assert.equal(statusOf(answer), each.status, answer.text);
    const [line] = await log();
    assert.equal(line?.status, each.status);
    assert.match(line?.detail ?? "", each.detail);
    assert.equal(line?.flags, "DPE");
    assert.equal(reached, false, "the backend saw it");
  });
}

const echoHead = (head: (text: string) => void) => (socket: import("node:net").Socket) => {
  let seen = "";
  socket.on("data", (chunk) => {
    seen += chunk.toString("latin1");
    if (!seen.includes("\r\n\r\n")) return;
    head(seen);
    seen = "";
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  });
};

const ACCEPTED = [
  {
    name: "absolute-form outranks Host",
    request: "GET http://b.test:81/x?y HTTP/1.1\r\nhost: a.test\r\n",
    want: /^GET \/x\?y HTTP\/1\.1\r\nhost: b\.test:81\r\n/,
  },
  {
    name: "HTTP/1.0 without Host",
    request: "GET /x HTTP/1.0\r\n",
    want: /^GET \/x HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/,
  },
  { name: "dot segments are resolved", request: "GET /a/../b HTTP/1.1\r\nhost: a.test\r\n", want: /^GET \/b / },
  {
    name: "h2c is ignored",
    request:
      "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n",
    want: /^GET \/ (?![\s\S]*(?:upgrade|http2-settings))/,
  },
  {
    name: "fields that Connection names are dropped",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: x-hop\r\nx-hop: 1\r\nx-end: 2\r\n",
    want: /^(?![\s\S]*x-hop)[\s\S]*x-end: 2/,
  },
  {
    name: "hop-by-hop fields are dropped",
    request:
      "GET / HTTP/1.1\r\nhost: a.test\r\nkeep-alive: 1\r\nte: trailers\r\nproxy-connection: x\r\nproxy-authorization: y\r\n",
    want: /^(?![\s\S]*(?:\r\nkeep-alive|\r\nte:|proxy-))[\s\S]*$/,
  },
  {
    name: "Connection cannot drop the host or what was added",
    request:
      "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: host, x-forwarded-for, authorization\r\nauthorization: z\r\n",
    want: /^(?=[\s\S]*host: a\.test)(?=[\s\S]*x-forwarded-for: 127)(?=[\s\S]*authorization: z)/,
  },
  {
    name: "x-forwarded-for is appended to",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\nx-forwarded-for: 1.2.3.4\r\n",
    want: /x-forwarded-for: 1\.2\.3\.4, 127\.0\.0\.1\r\n/,
  },
  {
    name: "x-forwarded-host and -proto are our own word",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\nx-forwarded-host: evil\r\nx-forwarded-proto: https\r\n",
    want: /^(?=[\s\S]*x-forwarded-host: a\.test\r\n)(?=[\s\S]*x-forwarded-proto: http\r\n)(?![\s\S]*evil)/,
  },
  {
    name: "rewriting fields of strangers are dropped",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\nx-original-url: /admin\r\nx-rewrite-url: /admin\r\n",
    want: /^(?![\s\S]*admin)/,
  },
  {
    name: "a certificate that a stranger says it showed to another proxy is dropped",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\nx-forwarded-client-cert: URI=spiffe://mesh/ns/shop/sa/admin\r\n",
    want: /^(?![\s\S]*spiffe)/,
  },
  {
    name: "a request id is made",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\n",
    want: /x-request-id: [0-9a-f-]{36}\r\n/,
  },
  {
    name: "a request id is kept",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\nx-request-id: abc-1\r\n",
    want: /x-request-id: abc-1\r\n/,
  },
  {
    name: "a bad request id is replaced",
    request: 'GET / HTTP/1.1\r\nhost: a.test\r\nx-request-id: a b"c\r\n',
    want: /x-request-id: [0-9a-f-]{36}\r\n/,
  },
  {
    name: "a trace is continued with a span of our own",
    request:
      "GET / HTTP/1.1\r\nhost: a.test\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=1\r\n",
    want: /^(?=[\s\S]*traceparent: 00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01\r\n)(?=[\s\S]*tracestate: a=1)/,
  },
  {
    name: "a bad trace is begun anew",
    request: "GET / HTTP/1.1\r\nhost: a.test\r\ntraceparent: 00-0-0-01\r\ntracestate: a=1\r\n",
    want: /^(?=[\s\S]*traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01\r\n)(?![\s\S]*tracestate)/,
  },
];

for (const each of ACCEPTED) {
  test(`forwarded: ${each.name}`, async (t) => {
    let head = "";
    const port = await rawUpstream(
      t,
      echoHead((text) => {
        head = text;
      }),
    );
    const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const answer = await raw(front, `${each.request}\r\n`, { until: /ok$/ });
    assert.equal(statusOf(answer), 200, answer.text);
    assert.match(head, each.want);
  });
}

test("a chunk that is broken in the middle: 400, the backend's request is cut off", async (t) => {
  let closed = false;
  const client = new Socket();
  const port = await rawUpstream(t, (socket) => {
    socket
      .on("data", () => client.write("zz\r\n"))
      .on("close", () => {
        closed = true;
      });
  });
  const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  client.connect(front, "127.0.0.1");
  client.write(`POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  const [answer] = await once(client, "data");
  client.destroy();
  assert.match(String(answer), /^HTTP\/1\.1 400 /);
  const [line] = await log();
  assert.equal(line?.flags, "DPE");
  assert.equal(line?.status, 400);
  while (!closed) await new Promise((resolve) => setImmediate(resolve));
});

test("a head that never ends: 408", async (t) => {
  const clock = manualClock();
  const { port: front, log } = await start(t, snapshot(), { clock, limits: { headersTimeout: 1_000 } });
  const answer = raw(front, "GET / HTTP/1.1\r\nhost: a");
  await settle();
  clock.advance(2_000);
  assert.equal(statusOf(await answer), 408);
  assert.equal((await log())[0]?.flags, "SI");
});

test("bytes pipelined behind a refused message are never read as a request", async (t) => {
  let heads = 0;
  const port = await rawUpstream(
    t,
    echoHead(() => {
      heads += 1;
    }),
  );
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const bad = `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`;
  await raw(front, `${bad}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`);
  assert.equal(heads, 0);
});

test("pipelined requests are answered in order", async (t) => {
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", (chunk) => {
      const path = /^GET (\S+)/.exec(chunk.toString())?.[1] ?? "";
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`);
    });
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const two = `GET /one HTTP/1.1\r\n${HOST}\r\nGET /two HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`;
  const answer = await raw(front, two);
  assert.match(answer.text, /\/one[\s\S]*\/two$/);
});

test("a client that leaves: the backend's request is cut off, flag DC", async (t) => {
  let closed = false;
  const port = await rawUpstream(t, (socket) => {
    socket.once("data", () => client.destroy());
    socket.on("close", () => {
      closed = true;
    });
  });
  const { port: front, log, proxy } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = connect(front, "127.0.0.1", () => client.write(`GET / HTTP/1.1\r\n${HOST}\r\n`));
  const [line] = await log();
  assert.equal(line?.flags, "DC");
  assert.equal(line?.status, 0);
  assert.equal(proxy.active, 0);
  while (!closed) await new Promise((resolve) => setImmediate(resolve));
});
