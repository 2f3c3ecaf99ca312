import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import type { OutboundFault } from "../../../../runtime/http/outbound.ts";
import { settle } from "../../../settle.ts";
import { answering, ask, Heard, OK, origin, pool, send } from "./origin.ts";

interface Case {
  readonly name: string;
  readonly answer: string | readonly string[];
  readonly ending?: "close" | "reset";
  readonly method?: string;
  /** What the listener hears: a head, a failure, or both. */
  readonly status?: number;
  readonly fault?: OutboundFault;
  readonly body?: string;
  /** Whether the connection carries the next request. Without it: not, and the next one gets a good answer of its own. */
  readonly reused?: true;
}

const head = (lines: string, body = ""): string => `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n${body}`;
const status = (line: string): string => `HTTP/1.1 ${line}\r\ncontent-length: 0\r\n\r\n`;
const CHUNKED = "transfer-encoding: chunked";

const CASES: readonly Case[] = [
  { name: "O01 closes before a byte", answer: "", ending: "close", fault: "reset" },
  { name: "O01 resets before a byte", answer: "", ending: "reset", fault: "reset" },
  { name: "O01 half a status line", answer: "HTTP/1.1 20", ending: "close", fault: "reset" },
  { name: "O01 half a head, reset", answer: "HTTP/1.1 200 OK\r\nx: ", ending: "reset", fault: "reset" },
  {
    name: "O02 three bytes of ten, close",
    answer: head("content-length: 10", "abc"),
    ending: "close",
    status: 200,
    fault: "reset",
    body: "abc",
  },
  {
    name: "O02 three bytes of ten, reset",
    answer: head("content-length: 10", "abc"),
    ending: "reset",
    status: 200,
    fault: "reset",
  },
  { name: "O02 truncated chunk", answer: head(CHUNKED, "a\r\nabc"), ending: "close", status: 200, fault: "reset" },
  { name: "O02 no last chunk", answer: head(CHUNKED, "3\r\nabc\r\n"), ending: "close", status: 200, fault: "reset" },
  {
    name: "O02 last chunk without the empty line",
    answer: head(CHUNKED, "3\r\nabc\r\n0\r\n"),
    ending: "close",
    status: 200,
    fault: "reset",
  },
  {
    name: "O02 a body up to the close, reset",
    answer: head("x: y", "abc"),
    ending: "reset",
    status: 200,
    fault: "reset",
  },
  {
    name: "O03 bytes behind the content-length",
    answer: head("content-length: 3", "abcdefgh"),
    status: 200,
    body: "abc",
  },
  { name: "O03 bytes behind no content", answer: head("content-length: 0", "x"), status: 200, body: "" },
  {
    name: "O03 bytes behind the last chunk",
    answer: head(CHUNKED, "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200"),
    status: 200,
    body: "abc",
  },
  { name: "O04 a second response with the first", answer: OK + OK, status: 200, body: "ok" },
  {
    name: "O04 a second response right behind",
    answer: [OK, head("content-length: 4", "evil")],
    status: 200,
    body: "ok",
  },
  {
    name: "O05 content-length and transfer-encoding",
    answer: head(`content-length: 3\r\n${CHUNKED}`, "0\r\n\r\n"),
    fault: "protocol",
  },
  {
    name: "O05 two content-lengths",
    answer: head("content-length: 3\r\ncontent-length: 4", "abcd"),
    fault: "protocol",
  },
  {
    name: "O05 two equal content-lengths",
    answer: head("content-length: 3\r\ncontent-length: 3", "abc"),
    fault: "protocol",
  },
  { name: "O05 negative content-length", answer: head("content-length: -3", "abc"), fault: "protocol" },
  { name: "O05 listed content-length", answer: head("content-length: 3, 3", "abc"), fault: "protocol" },
  { name: "O05 huge content-length", answer: head("content-length: 99999999999999999999", "abc"), fault: "protocol" },
  { name: "O05 bad chunk size", answer: head(CHUNKED, "zz\r\nabc"), status: 200, fault: "protocol" },
  {
    name: "O05 chunk size with a sign",
    answer: head(CHUNKED, "+3\r\nabc\r\n0\r\n\r\n"),
    status: 200,
    fault: "protocol",
  },
  {
    name: "O05 overflowing chunk size",
    answer: head(CHUNKED, "FFFFFFFFFFFFFFFFF\r\nabc"),
    status: 200,
    fault: "protocol",
  },
  {
    name: "O05 no CRLF behind a chunk",
    answer: head(CHUNKED, "3\r\nabcd\r\n0\r\n\r\n"),
    status: 200,
    fault: "protocol",
  },
  {
    name: "O05 bare LF behind a chunk size",
    answer: head(CHUNKED, "3\nabc\r\n0\r\n\r\n"),
    status: 200,
    fault: "protocol",
  },
  {
    name: "O06 transfer-encoding gzip, chunked",
    answer: head("transfer-encoding: gzip, chunked", "0\r\n\r\n"),
    fault: "protocol",
  },
  { name: "O06 transfer-encoding identity", answer: head("transfer-encoding: identity", "abc"), fault: "protocol" },
  { name: "O06 chunked twice", answer: head(`${CHUNKED}\r\n${CHUNKED}`, "0\r\n\r\n"), fault: "protocol" },
  {
    name: "O07 transfer-encoding in HTTP/1.0",
    answer: `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n\r\n0\r\n\r\n`,
    fault: "protocol",
  },
  {
    name: "O08 103 for ever",
    answer: `${"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(50)}${OK}`,
    fault: "protocol",
  },
  { name: "O08 100 for ever", answer: `${"HTTP/1.1 100 Continue\r\n\r\n".repeat(50)}${OK}`, fault: "protocol" },
  {
    name: "O09 a field of 1 MB",
    answer: head(`x-big: ${"a".repeat(1_000_000)}\r\ncontent-length: 0`),
    fault: "protocol",
  },
  { name: "O09 20,000 fields", answer: head(`${"x: y\r\n".repeat(20_000)}content-length: 0`), fault: "protocol" },
  { name: "O09 300 fields", answer: head(`${"x: y\r\n".repeat(300)}content-length: 0`), fault: "protocol" },
  { name: "O09 an endless reason", answer: `HTTP/1.1 200 ${"a".repeat(200_000)}`, fault: "protocol" },
  {
    name: "O09 trailers of 1 MB",
    answer: head(CHUNKED, `0\r\nx: ${"a".repeat(1_000_000)}\r\n\r\n`),
    status: 200,
    fault: "protocol",
  },
  {
    name: "O09 endless chunk extensions",
    answer: head(CHUNKED, `1;${"a".repeat(1_000_000)}\r\nx`),
    status: 200,
    fault: "protocol",
  },
  { name: "O10 NUL in a field", answer: head("x: a\0b\r\ncontent-length: 0"), fault: "protocol" },
  { name: "O10 DEL in a field", answer: head("x: a\x7fb\r\ncontent-length: 0"), fault: "protocol" },
  { name: "O10 bare LF", answer: "HTTP/1.1 200 OK\ncontent-length: 0\n\n", fault: "protocol" },
  { name: "O10 bare CR in a field", answer: head("x: a\rb\r\ncontent-length: 0"), fault: "protocol" },
  { name: "O10 a folded line", answer: head("x: a\r\n b\r\ncontent-length: 0"), fault: "protocol" },
  { name: "O10 a space in front of a colon", answer: head("content-length : 0"), fault: "protocol" },
  { name: "O10 a bad trailer", answer: head(CHUNKED, "0\r\nx : y\r\n\r\n"), status: 200, fault: "protocol" },
  { name: "O11 status 099", answer: status("099 Low"), fault: "protocol" },
  { name: "O11 status 600", answer: status("600 High"), fault: "protocol" },
  { name: "O11 status 999", answer: status("999 High"), fault: "protocol" },
  { name: "O11 status 1000", answer: status("1000 More"), fault: "protocol" },
  { name: "O11 status 20", answer: status("20 Less"), fault: "protocol" },
  {
    name: "O12 204 with a body",
    answer: "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc",
    status: 204,
    body: "",
  },
  {
    name: "O12 204 with a body that comes later",
    answer: ["HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\n", "abc"],
    status: 204,
    body: "",
  },
  {
    name: "O12 204 with chunks",
    answer: `HTTP/1.1 204 No Content\r\n${CHUNKED}\r\n\r\n0\r\n\r\n`,
    status: 204,
    body: "",
  },
  { name: "O12 a plain 204", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, body: "", reused: true },
  {
    name: "O12 304 with a content-length",
    answer: "HTTP/1.1 304 Not Modified\r\ncontent-length: 30\r\n\r\n",
    status: 304,
    body: "",
    reused: true,
  },
  {
    name: "O12 304 with a body",
    answer: "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\nabc",
    status: 304,
    body: "",
  },
  {
    name: "O12 HEAD without a body",
    answer: head("content-length: 30"),
    method: "HEAD",
    status: 200,
    body: "",
    reused: true,
  },
  {
    name: "O12 HEAD, chunked without a body",
    answer: head(CHUNKED),
    method: "HEAD",
    status: 200,
    body: "",
    reused: true,
  },
  { name: "O12 HEAD with a body", answer: head("content-length: 3", "abc"), method: "HEAD", status: 200, body: "" },
  { name: "O13 HTTP/2.0", answer: "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n", fault: "protocol" },
  { name: "O13 HTTP/0.9", answer: "<html>hello</html>\r\n", ending: "close", fault: "protocol" },
  { name: "O13 garbage", answer: "hello, I am a teapot\r\n\r\n", fault: "protocol" },
  { name: "O13 a TLS alert", answer: "\x15\x03\x01\0\x02\x02\x28", fault: "protocol" },
  { name: "O13 an HTTP/2 preface of a server", answer: "\0\0\x12\x04\0\0\0\0\0", fault: "protocol" },
  { name: "O13 a request", answer: "GET / HTTP/1.1\r\nhost: a\r\n\r\n", fault: "protocol" },
  {
    name: "an unsolicited 101",
    answer: "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    fault: "protocol",
  },
  {
    name: "an unsolicited WebSocket",
    answer: "HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n",
    fault: "protocol",
  },
  {
    name: "O16 connection: close",
    answer: head("connection: close\r\ncontent-length: 2", "ok"),
    status: 200,
    body: "ok",
  },
  { name: "O16 HTTP/1.0", answer: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", status: 200, body: "ok" },
  {
    name: "O16 HTTP/1.0 that keeps alive",
    answer: "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
    reused: true,
  },
  {
    name: "O16 keep-alive: timeout=1",
    answer: head("keep-alive: timeout=1\r\ncontent-length: 2", "ok"),
    status: 200,
    body: "ok",
  },
  {
    name: "O16 keep-alive: timeout=60",
    answer: head("keep-alive: timeout=60, max=9\r\ncontent-length: 2", "ok"),
    status: 200,
    body: "ok",
    reused: true,
  },
  { name: "a body up to the close", answer: head("x: y", "abc"), ending: "close", status: 200, body: "abc" },
  { name: "a good answer", answer: OK, status: 200, body: "ok", reused: true },
  {
    name: "a good chunked answer",
    answer: head(CHUNKED, "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
    status: 200,
    body: "abcde",
    reused: true,
  },
  {
    name: "an answer after ten interim ones",
    answer: `${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(10)}${OK}`,
    status: 200,
    body: "ok",
    reused: true,
  },
];

/** Writes in pieces, or all at once, or byte by byte. */
async function write(socket: Socket, answer: string | readonly string[], ending: Case["ending"]): Promise<void> {
  for (const piece of typeof answer === "string" ? [answer] : answer) {
    await new Promise<void>((written) => socket.write(piece, "latin1", () => written()));
  }
  if (ending === "close") socket.end();
  // A reset that follows at once destroys what the peer has not read yet.
  if (ending === "reset") void settle().then(() => socket.resetAndDestroy());
}

for (const each of CASES) {
  test(each.name, async (t) => {
    let connections = 0;
    let requests = 0;
    const port = await origin(t, (socket, number) => {
      connections = number;
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) void write(socket, each.answer, each.ending);
        else socket.write(OK);
      });
    });
    const outbound = pool(t, port);
    const heard = await ask(outbound, { method: each.method ?? "GET" });
    assert.equal(heard.status, each.status ?? 0);
    assert.equal(heard.failure?.fault, each.fault, String(heard.failure?.detail));
    if (each.fault !== undefined) assert.equal(heard.failure?.sent, true);
    if (each.body !== undefined) assert.equal(heard.body, each.body);
    const next = await ask(outbound);
    assert.deepEqual(
      [next.status, next.body, next.failure],
      [200, "ok", undefined],
      "the next request has its own answer",
    );
    assert.equal(heard.endings, 1);
    if (each.reused) {
      // One that came before the first had rested has a connection of its own; the third finds one of them.
      assert.equal((await ask(outbound)).body, "ok");
      assert.ok(connections <= 2);
    } else assert.equal(connections, 2, "the connection is not used again");
  });
}

test("O04 bytes on an idle connection close it, whenever they come", async (t) => {
  const sockets: Socket[] = [];
  const port = await origin(t, (socket) => {
    sockets.push(socket);
    answering(OK)(socket);
  });
  const outbound = pool(t, port);
  await ask(outbound);
  const [first] = sockets as [Socket];
  const closed = once(first, "close");
  first.once("end", () => first.end());
  first.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
  await closed;
  assert.equal((await ask(outbound)).body, "ok");
  assert.equal(sockets.length, 2);
});

test("O04 a connection that its endpoint closed while idle is not used", async (t) => {
  const sockets: Socket[] = [];
  const port = await origin(t, (socket) => {
    sockets.push(socket);
    answering(OK)(socket);
  });
  const outbound = pool(t, port);
  await ask(outbound);
  const [first] = sockets as [Socket];
  first.end();
  await once(first, "close");
  assert.equal((await ask(outbound)).body, "ok");
  assert.equal(sockets.length, 2);
});

test("O04 the connection of a response is not used again before all sockets were polled once more", async (t) => {
  // The next request is sent in the very call that ends the first response, the worst case.
  let connections = 0;
  const port = await origin(t, (socket, number) => {
    connections = number;
    answering(OK)(socket);
  });
  const outbound = pool(t, port);
  const first = new Heard();
  let second: Heard | undefined;
  const listener = Object.assign(first, {
    end: () => {
      second = send(outbound).heard;
    },
  });
  send(outbound, {}, undefined, listener);
  while (second === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await second.over).body, "ok");
  assert.equal(connections, 2);
});

test("O17 fields about the connection are gone, cookies stay apart, the rest is as it came", async (t) => {
  const lines = [
    ...["Connection: keep-alive, X-Internal, set-cookie", "Keep-Alive: timeout=60", "X-Internal: secret"],
    ...["Set-Cookie: a=1", "Set-Cookie: b=2; Expires=Tue, 24 Nov 2026 00:00:00 GMT", "Upgrade: h2c", "TE: x"],
    ...["Proxy-Authenticate: Basic", "Trailer: x-sum", "Server-Timing: db;dur=1", "Content-Length: 2"],
  ];
  const port = await origin(t, answering(head(lines.join("\r\n"), "ok")));
  const { fields } = await ask(pool(t, port));
  assert.deepEqual(fields.entries(), [
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2; Expires=Tue, 24 Nov 2026 00:00:00 GMT"],
    ["server-timing", "db;dur=1"],
    ["content-length", "2"],
  ]);
});

test("N06 a connection that was used before and breaks within a body is closed", async (t) => {
  let connections = 0;
  let requests = 0;
  const port = await origin(t, (socket, number) => {
    connections = number;
    socket.on("data", () => {
      requests += 1;
      socket.write(requests === 2 ? head(CHUNKED, "3\r\nabc\r\nzz") : OK);
    });
  });
  const outbound = pool(t, port, { connections: 1 });
  assert.equal((await ask(outbound)).body, "ok");
  const broken = await ask(outbound);
  assert.deepEqual([broken.body, broken.failure?.fault, connections], ["abc", "protocol", 1]);
  assert.equal((await ask(outbound)).body, "ok");
  assert.equal(connections, 2);
});

test("N08 a connection that breaks while its request is on its way: sent, since nobody knows what was read", async (t) => {
  let requests = 0;
  const port = await origin(t, (socket) => {
    socket.on("data", () => {
      requests += 1;
      if (requests === 1) socket.write(OK);
      else socket.resetAndDestroy();
    });
  });
  const outbound = pool(t, port, { connections: 1 });
  assert.equal((await ask(outbound)).body, "ok");
  const { failure } = await ask(outbound, { method: "POST" });
  assert.deepEqual([failure?.fault, failure?.sent], ["reset", true]);
});

test("byte by byte an answer is the same", async (t) => {
  const text = `HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${head(`X-A: 1\r\n${CHUNKED}`, "3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n")}`;
  const port = await origin(t, answering([...text]));
  const heard = await ask(pool(t, port));
  assert.deepEqual([heard.status, heard.body, heard.interim], [200, "abc", [103]]);
  assert.equal(heard.trailers?.get("x-t"), "1");
});
