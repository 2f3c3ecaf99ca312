import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { HeadFields } from "../../../../runtime/http/h1/head/head-fields.ts";
import { HeadTable } from "../../../../runtime/http/h1/head/head-table.ts";
import { parseRequestHead } from "../../../../runtime/http/h1/head/parse-request-head.ts";
import type { OutboundRequest } from "../../../../runtime/http/outbound.ts";
import { ask, Heard, OK, origin, pool, Source, send } from "./origin.ts";

/** An origin that keeps what comes, piece by piece, and answers once the text matches. */
async function listening(t: TestContext, until: RegExp, answer: string = OK) {
  const pieces: string[] = [];
  const sockets: Socket[] = [];
  const port = await origin(t, (socket) => {
    sockets.push(socket);
    let text = "";
    socket.on("data", (bytes) => {
      pieces.push(bytes.toString("latin1"));
      text += bytes.toString("latin1");
      if (!until.test(text)) return;
      text = "";
      socket.write(answer);
    });
  });
  return { port, pieces, sockets, text: () => pieces.join("") };
}

/** A body that comes at once. */
const whole = (...pieces: string[]): Source =>
  new Source((sink) => {
    for (const piece of pieces) sink.write(Buffer.from(piece, "latin1"));
    sink.end(undefined);
  });

const END = /\r\n\r\n/;

test("a request has its line, host, fields and framing, in one write", async (t) => {
  const { port, pieces } = await listening(t, END);
  const heard = await ask(pool(t, port));
  assert.deepEqual([heard.status, heard.body, heard.fields.get("content-length")], [200, "ok", "2"]);
  assert.deepEqual(pieces, ["GET /x?y HTTP/1.1\r\nhost: a.test\r\nx-a: 1\r\n\r\n"]);
});

test("fields of a parsed head go out as they came, without what was about its connection", async (t) => {
  const { port, text } = await listening(t, END);
  const table = new HeadTable();
  const head =
    "GET / HTTP/1.1\r\nHost: other\r\nX-Odd:1\r\nConnection: x-b\r\nX-B: 2\r\nExpect: 100-continue\r\nCOOKIE:  a=b\r\n\r\n";
  assert.equal(parseRequestHead(Buffer.from(head), table), "complete");
  await ask(pool(t, port), { fields: new HeadFields(table) });
  assert.equal(text(), "GET /x?y HTTP/1.1\r\nhost: a.test\r\nX-Odd:1\r\nCOOKIE:  a=b\r\n\r\n");
});

const BODIES: [name: string, overrides: Partial<OutboundRequest>, body: Source | undefined, written: string][] = [
  ["a known length, one piece", { method: "POST", contentLength: 5 }, whole("hello"), "content-length: 5\r\n\r\nhello"],
  [
    "a known length, pieces",
    { method: "PUT", contentLength: 5 },
    whole("he", "", "llo"),
    "content-length: 5\r\n\r\nhello",
  ],
  ["no length", { method: "POST" }, whole("hello"), "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
  ["no length, nothing", { method: "POST" }, whole(), "transfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["POST without a body", { method: "POST" }, undefined, "content-length: 0\r\n\r\n"],
  ["PATCH without a body, length told", { method: "PATCH", contentLength: 0 }, undefined, "content-length: 0\r\n\r\n"],
  ["DELETE without a body", { method: "DELETE" }, undefined, "x-a: 1\r\n\r\n"],
];

for (const [name, overrides, body, written] of BODIES) {
  test(`body: ${name}`, async (t) => {
    const { port, pieces } = await listening(t, new RegExp(`${RegExp.escape(written)}$`));
    const heard = await ask(pool(t, port), overrides, body);
    assert.equal(heard.body, "ok");
    assert.ok(pieces.join("").endsWith(written));
    if (name.endsWith("one piece")) assert.equal(pieces.length, 1, "head and body in one write");
  });
}

test("a large piece goes out whole, behind its head", async (t) => {
  const body = "0123456789".repeat(20_000);
  const { port, text } = await listening(t, /0\r\n\r\n$/);
  assert.equal((await ask(pool(t, port), { method: "POST" }, whole(body))).body, "ok");
  assert.ok(text().endsWith(`\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`));
});

test("stretches of a chunked body go out as they came", async (t) => {
  const { port, text } = await listening(t, /0\r\n\r\n$/);
  const body = new Source((sink) => {
    assert.ok(sink.frame !== undefined);
    sink.frame(Buffer.from("3\r\nab"), 2);
    sink.frame(Buffer.from("c\r\nA\r\n0123456789\r\n"), 11);
    sink.end(fieldList(["x-sum", "9", "content-length", "3"]));
  });
  const { heard } = send(pool(t, port), { method: "POST" }, body);
  while (!/\r\n\r\n$/.test(text().slice(-40))) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(text().endsWith("\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-sum: 9\r\n\r\n"), text());
  assert.equal(heard.failure, undefined);
});

test("no frames for a body whose length is known", async (t) => {
  const { port } = await listening(t, /hello$/);
  const body = new Source((sink) => {
    assert.equal(sink.frame, undefined);
    sink.write(Buffer.from("hello"));
    sink.end(undefined);
  });
  assert.equal((await ask(pool(t, port), { method: "POST", contentLength: 5 }, body)).body, "ok");
});

const BROKEN: [name: string, length: number | undefined, feed: (source: Source) => void][] = [
  ["longer than its length", 5, ({ sink }) => sink?.write(Buffer.from("hello!"))],
  ["longer in a second piece", 5, ({ sink }) => [sink?.write(Buffer.from("hel")), sink?.write(Buffer.from("lo!"))]],
  ["shorter than its length", 5, ({ sink }) => [sink?.write(Buffer.from("hell")), sink?.end(undefined)]],
  ["broken off", 5, ({ sink }) => [sink?.write(Buffer.from("hell")), sink?.fail("closed")]],
  ["broken off, chunked", undefined, ({ sink }) => [sink?.write(Buffer.from("hell")), sink?.fail("closed")]],
  ["a trailer with a line break", undefined, ({ sink }) => sink?.end(fieldList(["x", "a\r\nb"]))],
];

for (const [name, contentLength, feed] of BROKEN) {
  test(`body ${name}: the connection is closed, no whole message was sent`, async (t) => {
    const { port, sockets, text } = await listening(t, /never/);
    const source = new Source();
    const { heard } = send(pool(t, port), { method: "POST", contentLength }, source);
    while (text() === "") await new Promise((resolve) => setImmediate(resolve));
    const closed = once(sockets[0] as Socket, "close");
    sockets[0]?.on("end", () => sockets[0]?.destroy());
    feed(source);
    await heard.over;
    assert.deepEqual([heard.failure?.fault, heard.failure?.sent, heard.endings], ["request", true, 1]);
    await closed;
    const body = text().slice(text().indexOf("\r\n\r\n") + 4);
    assert.ok(contentLength === undefined ? !body.endsWith("0\r\n\r\n") : body.length < contentLength, body);
  });
}

test("a body that breaks off before the head went out: nothing was sent", async (t) => {
  const { port, text } = await listening(t, /never/);
  const outbound = pool(t, port, { connections: 1 });
  const heard = await ask(outbound, { method: "POST" }, new Source((sink) => sink.fail("closed")));
  assert.deepEqual([heard.failure?.fault, heard.failure?.sent, text()], ["request", false, ""]);
});

const UNFIT: [name: string, overrides: Partial<OutboundRequest>][] = [
  ["a target with a space", { target: "/a b" }],
  ["a target with a line break", { target: "/a\r\nx: y" }],
  ["a target beyond ASCII", { target: "/\u010d\u010a" }],
  ["no target", { target: "" }],
  ["an authority with a line break", { authority: "a\r\nx: y" }],
  ["a method with a space", { method: "GET /" }],
  ["no method", { method: "" }],
  ["a length that is no number", { contentLength: Number.NaN }],
  ["a negative length", { contentLength: -1 }],
  ["a broken length", { contentLength: 1.5 }],
  ["a field with a line break", { fields: fieldList(["x", "a\r\nb"]) }],
  ["a field name with a colon", { fields: fieldList(["x:", "a"]) }],
];

for (const [name, overrides] of UNFIT) {
  test(`${name} goes out to nobody`, async (t) => {
    let connections = 0;
    const port = await origin(t, () => {
      connections += 1;
    });
    const { failure, hasStarted } = await ask(pool(t, port), overrides);
    assert.deepEqual([failure?.fault, failure?.sent, hasStarted, connections], ["request", false, false, 0]);
  });
}

test("an early answer: the rest of the body is not wanted, and the connection has seen its last request", async (t) => {
  const { port, sockets } = await listening(t, /hel$/);
  const outbound = pool(t, port);
  const source = new Source((sink) => void sink.write(Buffer.from("hel")));
  const heard = await ask(outbound, { method: "POST", contentLength: 5 }, source);
  assert.deepEqual([heard.status, heard.body, source.cancelled], [200, "ok", 1]);
  assert.equal(source.sink?.write(Buffer.from("lo")), true, "what still comes is dropped");
  source.sink?.end(undefined);
  await ask(outbound, { method: "POST", contentLength: 3 }, whole("hel"));
  assert.equal(sockets.length, 2);
  assert.equal(heard.endings, 1);
});

test("an early answer that streams: request and response flow side by side", async (t) => {
  const port = await origin(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    socket.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      if (text.includes("one")) socket.write("3\r\nONE\r\n");
      if (text.includes("two")) socket.write("3\r\nTWO\r\n0\r\n\r\n");
    });
  });
  const source = new Source((sink) => void sink.write(Buffer.from("one")));
  const { heard } = send(pool(t, port), { method: "POST" }, source);
  heard.onData = () => {
    if (heard.body !== "ONE") return;
    source.sink?.write(Buffer.from("two"));
    source.sink?.end(undefined);
  };
  await heard.over;
  assert.deepEqual([heard.body, heard.failure], ["ONETWO", undefined]);
});

test("an endpoint that reads slowly makes the source wait, and resumes it", async (t) => {
  let taken = 0;
  let origin1: Socket | undefined;
  const port = await origin(t, (socket) => {
    origin1 = socket.pause();
    socket.on("data", (bytes) => {
      taken += bytes.length;
      if (bytes.toString("latin1").endsWith("0\r\n\r\n")) socket.write(OK);
    });
    socket.pause();
  });
  let sent = 0;
  const piece = Buffer.alloc(60_000, 97);
  const source = new (class extends Source {
    pump(): void {
      while (sent < 20_000_000) {
        sent += piece.length;
        if (this.sink?.write(piece) === false) return;
      }
      this.sink?.end(undefined);
    }
    override resume(): void {
      super.resume();
      this.pump();
    }
  })();
  const { heard } = send(pool(t, port), { method: "POST" }, source);
  while (source.sink === undefined || origin1 === undefined) await new Promise((resolve) => setImmediate(resolve));
  source.pump();
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sent < 20_000_000, "the source is not asked for more than fits");
  origin1.resume();
  await heard.over;
  assert.equal(heard.body, "ok");
  assert.ok(source.resumed > 0 && taken > 20_000_000);
});

test("a listener that is full stops the endpoint until it is resumed, and loses nothing", async (t) => {
  for (const framing of ["length", "chunked", "frames", "close"]) {
    const data = Buffer.alloc(300_000, "abcdefghij");
    const port = await origin(t, (socket) =>
      socket.once("data", () => {
        const head = framing === "length" ? `content-length: ${data.length}` : "transfer-encoding: chunked";
        socket.write(`HTTP/1.1 200 OK\r\n${framing === "close" ? "x: y" : head}\r\n\r\n`);
        if (framing === "length" || framing === "close") socket.end(data);
        else {
          for (let at = 0; at < data.length; at += 1_000) {
            socket.write("3e8\r\n");
            socket.write(data.subarray(at, at + 1_000));
            socket.write("\r\n");
          }
          socket.write("0\r\n\r\n");
        }
      }),
    );
    const heard = new Heard();
    heard.takesFrames = framing === "frames";
    heard.takes = false;
    const { call } = send(pool(t, port), {}, undefined, heard);
    let calls = 0;
    heard.onData = () => {
      calls += 1;
      const before = calls;
      // Nothing may come while it waits.
      setTimeout(() => {
        assert.equal(calls, before);
        call.resume();
      }, 2);
    };
    await heard.over;
    assert.equal(heard.failure, undefined);
    if (framing === "frames") assert.equal(heard.dataBytes, data.length);
    else assert.ok(heard.body === data.toString("latin1"), framing);
    assert.ok(calls > 1);
  }
});

test("frames have the last chunk cut off and their extensions cut out; trailers are told apart", async (t) => {
  const answer =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nConnection: x\r\nx-sum: 1\r\nset-cookie: x\r\n\r\n";
  const { port } = await listening(t, END, answer);
  const heard = new Heard();
  heard.takesFrames = true;
  await send(pool(t, port), {}, undefined, heard).heard.over;
  assert.deepEqual([heard.body, heard.dataBytes], ["3\r\nabc\r\n2\r\nde\r\n", 5]);
  assert.deepEqual(heard.trailers?.raw, ["x-sum", "1"]);
});
