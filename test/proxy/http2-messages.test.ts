import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { rawUpstream, snapshot, upstream } from "./fixture.ts";
import { ask, askRaw, block, frame, GET, h2Client, PREFACE, rawClient, seen } from "./http2-peers.ts";
import { startWatched } from "./watched.ts";

type Fields = readonly (readonly [string, string])[];

const changed = (...changes: Fields): Fields => {
  const names = new Set(changes.map(([name]) => name));
  const kept = GET.filter(([name]) => !names.has(name));
  return [...kept, ...changes].sort(([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")));
};

/** Sent as raw frames; none of them may reach the backend. `status` is 0 where nghttp2 resets the stream. */
const REFUSED: { name: string; fields: Fields; status: number; detail?: string }[] = [
  { name: "T01 connection", fields: changed(["connection", "close"]), status: 0 },
  { name: "T01 transfer-encoding", fields: changed(["transfer-encoding", "chunked"]), status: 0 },
  { name: "T01 upgrade", fields: changed(["upgrade", "websocket"]), status: 0 },
  { name: "T01 te other than trailers", fields: changed(["te", "gzip"]), status: 0 },
  { name: "T01 a name in upper case", fields: changed(["X-Upper", "1"]), status: 0 },
  { name: "T01 keep-alive", fields: changed(["keep-alive", "timeout=5"]), status: 0 },
  { name: "T01 proxy-connection", fields: changed(["proxy-connection", "keep-alive"]), status: 0 },
  { name: "T03 no path in it", fields: changed([":path", ""]), status: 0 },
  { name: "T03 a path with NUL", fields: changed([":path", "/a\0b"]), status: 0 },
  { name: "T03 a path with a tab", fields: changed([":path", "/a\tb"]), status: 0 },
  { name: "T03 a path with a control", fields: changed([":path", "/a\x01b"]), status: 0 },
  { name: "T03 a path that is a URL", fields: changed([":path", "http://test/x"]), status: 0 },
  { name: "T03 a path without a slash", fields: changed([":path", "admin"]), status: 0 },
  { name: "T03 a path with a space", fields: changed([":path", "/a b"]), status: 0 },
  { name: "T03 a path with a line break", fields: changed([":path", "/a\r\nx: y"]), status: 0 },
  { name: "T03 * with GET", fields: changed([":path", "*"]), status: 0 },
  { name: "T04 a fragment in the path", fields: changed([":path", "/a#b"]), status: 400, detail: "target_fragment" },
  { name: "T04 an 8-bit path", fields: changed([":path", "/\xff"]), status: 400, detail: "target_form" },
  { name: "T06 another scheme", fields: changed([":scheme", "ftp"]), status: 400, detail: "scheme" },
  { name: "T07 userinfo in the authority", fields: changed([":authority", "u@test"]), status: 0 },
  { name: "T08 a host that differs", fields: changed(["host", "other"]), status: 400, detail: "host_differs" },
  {
    name: "T10 CONNECT",
    fields: [
      [":method", "CONNECT"],
      [":authority", "internal:22"],
    ],
    status: 405,
    detail: "method_refused",
  },
  {
    name: "T10 CONNECT with a path",
    fields: [
      [":method", "CONNECT"],
      [":authority", "internal:22"],
      [":path", "/"],
    ],
    status: 0,
  },
  {
    name: "T10 extended CONNECT (RFC 8441), which we have not offered",
    fields: changed([":method", "CONNECT"], [":protocol", "websocket"]),
    status: 0,
  },
  { name: "T05 a method with a question mark", fields: changed([":method", "GE?T"]), status: 0 },
  { name: "T05 a method with a line break", fields: changed([":method", "GET / HTTP/1.1\r\nx: y"]), status: 0 },
  { name: "T05 no method in it", fields: changed([":method", ""]), status: 0 },
  { name: "T06 a scheme that is a URL", fields: changed([":scheme", "http://x/?"]), status: 0 },
  { name: "T07 an authority with a space", fields: changed([":authority", "a b"]), status: 0 },
  { name: "T07 an authority with a slash", fields: changed([":authority", "a/b"]), status: 0 },
  { name: "T07 an authority with a line break", fields: changed([":authority", "a\r\nx: y"]), status: 0 },
  { name: "T09 two hosts", fields: changed(["host", "test"], ["host", "test"]), status: 0 },
  { name: "T09 :path twice", fields: [...GET, [":path", "/admin"]], status: 0 },
  { name: "T09 :authority twice", fields: [...GET, [":authority", "other"]], status: 0 },
  { name: "T09 :status", fields: [...GET, [":status", "200"]], status: 0 },
  { name: "T09 an unknown pseudo-header", fields: [...GET, [":other", "1"]], status: 0 },
  { name: "T09 a pseudo-header behind a field", fields: [...GET.slice(0, 3), ["x", "1"], [":path", "/"]], status: 0 },
  { name: "T07 no authority in it", fields: changed([":authority", ""]), status: 0 },
  { name: "T09 no method", fields: GET.filter(([name]) => name !== ":method"), status: 0 },
  { name: "T09 no scheme", fields: GET.filter(([name]) => name !== ":scheme"), status: 0 },
  { name: "T09 no path", fields: GET.filter(([name]) => name !== ":path"), status: 0 },
  { name: "T11 two lengths", fields: changed(["content-length", "0"], ["content-length", "1"]), status: 0 },
  { name: "T11 +5", fields: changed(["content-length", "+5"]), status: 0 },
  { name: "T11 an empty length", fields: changed(["content-length", ""]), status: 0 },
  { name: "TRACE", fields: changed([":method", "TRACE"]), status: 405, detail: "method_refused" },
  { name: "T11 content-length without a body", fields: changed(["content-length", "5"]), status: 0 },
  { name: "another expectation", fields: changed(["expect", "more"]), status: 417, detail: "expectation" },
  {
    name: "D15 101 fields",
    fields: [...GET, ...Array.from({ length: 101 }, (_, index) => [`x-${index}`, "1"] as const)],
    status: 431,
    detail: "too_many_fields",
  },
  {
    name: "D15 500 fields",
    fields: [...GET, ...Array.from({ length: 500 }, (_, index) => [`x-${index}`, "1"] as const)],
    status: 0,
  },
];

for (const each of REFUSED) {
  test(`refused: ${each.name}`, async (t) => {
    let reached = 0;
    const port = await upstream(t, (_request, response) => {
      reached += 1;
      response.end();
    });
    const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const client = await rawClient(t, proxy.port);
    client.socket.write(frame(1, 5, 1, block(each.fields)));
    const answered = () => firstOf(client.received());
    await client.until(() => answered() !== undefined);
    assert.equal(reached, 0);
    assert.equal(answered(), each.status === 0 ? "reset" : "headers");
    const [line, ...more] = await proxy.log();
    // What nghttp2 reset is noticed by the number of the next stream, or by the sweep, four times a second.
    const want = each.status === 0 ? [400, "h2_reset_head"] : [each.status, each.detail];
    assert.deepEqual([line?.status, line?.detail, line?.protocol, more], [...want, "HTTP/2", []]);
    const counted = [...proxy.proxy.metrics.expose().matchAll(/^heddle_refused_total\{detail="(\w+)"\} (\d+)$/gm)];
    assert.deepEqual(
      counted.map(([, detail, count]) => [detail, count]),
      [[want[1], "1"]],
    );
  });
}

test("heads that nghttp2 resets among good ones: one line for each gap, none for what was served", async (t) => {
  const port = await upstream(t, (_request, response) => void response.end());
  const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = await rawClient(t, proxy.port);
  const bad = block(changed(["connection", "close"]));
  const good = block(GET);
  const heads = [good, bad, good, bad, bad, good, good];
  client.socket.write(Buffer.concat(heads.map((each, index) => frame(1, 5, 2 * index + 1, each))));
  const lines = await proxy.log(6);
  assert.equal(lines.filter(({ detail }) => detail === "h2_reset_head").length, 2);
  assert.equal(lines.filter(({ status }) => status === 200).length, 4);
  assert.match(proxy.proxy.metrics.expose(), /heddle_refused_total\{detail="h2_reset_head"\} 2/);
});

const ENDED: { name: string; bytes: Buffer; detail: string }[] = [
  { name: "a block that is no HPACK", bytes: frame(1, 5, 1, Buffer.alloc(5, 255)), detail: "h2_protocol" },
  { name: "DATA of a stream that is none", bytes: frame(0, 1, 1, Buffer.from("x")), detail: "h2_protocol" },
  { name: "CONTINUATION of nothing", bytes: frame(9, 4, 1, block(GET)), detail: "h2_protocol" },
  {
    name: "200 heads that are reset",
    bytes: Buffer.concat(
      Array.from({ length: 200 }, (_, index) => frame(1, 5, 2 * index + 1, block(changed(["upgrade", "x"])))),
    ),
    detail: "h2_invalid_frames",
  },
];

for (const { name, bytes, detail } of ENDED) {
  test(`the session is ended, which the log says once: ${name}`, async (t) => {
    const proxy = await startWatched(t, snapshot());
    const client = await rawClient(t, proxy.port);
    client.socket.write(bytes);
    await client.closed;
    const lines = await proxy.log();
    assert.deepEqual(
      lines.map((line) => [line.status, line.detail]),
      [[400, detail]],
    );
  });
}

const POST: Fields = [[":method", "POST"], ...GET.slice(1)];

/** Bodies that are not what their head says. */
const BROKEN: { name: string; frames: Buffer[] }[] = [
  {
    name: "T11 fewer bytes than the length",
    frames: [frame(1, 4, 1, block([...POST, ["content-length", "50"]])), frame(0, 1, 1, Buffer.from("12345678"))],
  },
  {
    name: "T11 fewer bytes than the length, trailers announced",
    frames: [
      frame(1, 4, 1, block([...POST, ["content-length", "50"], ["trailer", "x-sum"]])),
      frame(0, 0, 1, Buffer.from("12345678")),
      frame(1, 5, 1, block([["x-sum", "1"]])),
    ],
  },
  {
    name: "T12 more bytes than the length",
    frames: [frame(1, 4, 1, block([...POST, ["content-length", "5"]])), frame(0, 1, 1, Buffer.from("12345678"))],
  },
  {
    name: "T13 a pseudo-header in the trailers",
    frames: [
      frame(1, 4, 1, block(POST)),
      frame(0, 0, 1, Buffer.from("1")),
      frame(1, 5, 1, block([[":path", "/admin"]])),
    ],
  },
  {
    name: "T13 trailers that do not end the stream",
    frames: [frame(1, 4, 1, block(POST)), frame(0, 0, 1, Buffer.from("1")), frame(1, 4, 1, block([["x-a", "1"]]))],
  },
];

for (const { name, frames } of BROKEN) {
  test(`reset, and never complete at the backend: ${name}`, async (t) => {
    let complete = 0;
    const begun = Promise.withResolvers<void>();
    const port = await upstream(t, (request) => {
      begun.resolve();
      request.on("error", () => {});
      request.resume().once("end", () => {
        complete += 1;
      });
    });
    const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const client = await rawClient(t, proxy.port);
    const [head, ...body] = frames as [Buffer, ...Buffer[]];
    client.socket.write(head);
    await begun.promise;
    client.socket.write(Buffer.concat(body));
    await client.until(() => firstOf(client.received()) !== undefined);
    const [line] = await proxy.log();
    assert.equal(firstOf(client.received()), "reset");
    assert.equal(complete, 0);
    assert.match(line?.flags ?? "", /DPE|DC/);
  });
}

/** nghttp2 leaves a field out that HTTP does not allow; what must not happen is that any of it reaches the backend. */
const ILLEGAL: Fields = [
  ["x-evil", "a\r\nx-smuggled: 1"],
  ["x-evil", "a\nx-smuggled: 1"],
  ["x-evil", "a\0x-smuggled"],
  ["x-evil", "a\x01x-smuggled"],
  ["x-evil", " x-smuggled"],
  ["x-evil", "x-smuggled\t"],
  ["x-evil\r\nx-smuggled", "1"],
  ["x-evil: 1\r\nx-smuggled", "1"],
  ["x-evil x-smuggled", "1"],
  ["x-evil:x-smuggled", "1"],
  ["", "x-smuggled"],
];

for (const [name, value] of ILLEGAL) {
  test(`T02, T15 ${JSON.stringify(`${name}: ${value}`)} never reaches an HTTP/1.1 backend`, async (t) => {
    let text = "";
    const port = await rawUpstream(t, (socket) => {
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (text.endsWith("\r\n\r\n")) socket.end("HTTP/1.1 204 No Content\r\n\r\n");
      });
    });
    const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const client = await rawClient(t, proxy.port);
    client.socket.write(frame(1, 5, 1, block([...GET, [name, value], ["x-last", "1"]])));
    await client.until(() => firstOf(client.received()) !== undefined);
    assert.doesNotMatch(text, /smuggled/);
    if (firstOf(client.received()) === "headers") assert.match(text, /x-last: 1/);
  });
}

/** What the first frame about a stream, or about the end of the session, was. */
function firstOf(bytes: Buffer): "headers" | "reset" | undefined {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 1) return "headers";
    if (bytes[at + 3] === 3 || bytes[at + 3] === 7) return "reset";
  }
  return undefined;
}

describe("what an HTTP/1.1 backend gets", () => {
  const lines = async (t: Parameters<typeof startWatched>[0], raw: string[]) => {
    let got: string[] = [];
    const port = await upstream(t, (request, response) => {
      got = [...request.rawHeaders];
      response.end();
    });
    const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
    await seen(askRaw(h2Client(t, proxy.port), raw));
    return Array.from({ length: got.length / 2 }, (_, i) => `${got[2 * i]}: ${got[2 * i + 1]}`);
  };
  const head = [":method", "GET", ":scheme", "http", ":authority", "test", ":path", "/"];

  test("T14 cookie crumbs are one field again, in order", async (t) => {
    const sent = await lines(t, [...head, "cookie", "a=1", "x-other", "y", "cookie", "b=2", "cookie", "c=3"]);
    assert.deepEqual(
      sent.filter((line) => line.startsWith("cookie")),
      ["cookie: a=1; b=2; c=3"],
    );
  });

  test("T08 one Host, from :authority, whatever its case", async (t) => {
    const sent = await lines(t, [...head, "host", "TEST"]);
    assert.deepEqual(
      sent.filter((line) => /^host:/i.test(line)),
      ["host: test"],
    );
  });

  test("T14 names that are properties of objects pass as names", async (t) => {
    const sent = await lines(t, [...head, "__proto__", "p", "constructor", "c", "te", "trailers"]);
    assert.ok(sent.includes("__proto__: p") && sent.includes("constructor: c"));
    assert.ok(!sent.some((line) => /^(?:te|connection: te|:)/i.test(line)), sent.join("\n"));
  });

  test("fields keep their order and their repetitions", async (t) => {
    const sent = await lines(t, [...head, "x-a", "1", "x-b", "2", "x-a", "3"]);
    assert.deepEqual(
      sent.filter((line) => line.startsWith("x-a") || line.startsWith("x-b")),
      ["x-a: 1", "x-b: 2", "x-a: 3"],
    );
  });
});

test("Expect: 100 comes once the request is let through, and the body after it", async (t) => {
  const port = await upstream(t, (request, response) => void request.pipe(response));
  const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = h2Client(t, proxy.port);
  const stream = client.request({ ":method": "POST", ":path": "/", expect: "100-continue" }, { endStream: false });
  stream.once("continue", () => stream.end("now"));
  const answer = await seen(stream);
  assert.equal(answer.body, "now");
});

test("a body that nobody wants: the answer is whole, the upload is stopped without an error", async (t) => {
  const proxy = await startWatched(t, snapshot({ rules: [] }));
  const client = h2Client(t, proxy.port);
  const stream = client.request({ ":method": "POST", ":path": "/" }, { endStream: false });
  stream.write("first");
  const answer = await seen(stream);
  assert.equal(answer.status, 404);
});

test("a session is used again after a refusal, and by another client beside HTTP/1.1", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = h2Client(t, proxy.port);
  assert.equal((await ask(client, { ":path": "/a#b" })).status, 400);
  assert.equal((await ask(client, { ":path": "/" })).body, "ok");
  assert.equal(await (await fetch(proxy.url)).text(), "ok");
});

test("the preface in single bytes is understood", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
  t.after(() => socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const byte of [...PREFACE]) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(Buffer.concat([frame(4, 0, 0), frame(1, 5, 1, block(GET))]));
  while (firstOf(Buffer.concat(chunks)) === undefined) await once(socket, "data");
  assert.equal(firstOf(Buffer.concat(chunks)), "headers");
});
