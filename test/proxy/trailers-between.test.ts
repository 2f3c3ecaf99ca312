import assert from "node:assert/strict";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { OutgoingHttpHeaders } from "node:http2";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { raw, snapshot, start, upstream } from "./fixture.ts";
import { h2Client, h2Upstream, type Seen, seen } from "./http2-peers.ts";

/** Trailers behind a body that has a length, which HTTP/2 allows and HTTP/1.1 does not (RFC 9112 6.3, RFC 9113 8.1). */

type Protocol = "http1" | "h2c";

/** What a backend got. */
interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders;
}

/** A backend of either protocol that keeps what it gets. */
async function recording(t: TestContext, protocol: Protocol, got: Got[]): Promise<number> {
  if (protocol === "http1") {
    return upstream(t, async (request, response) => {
      const body = await text(request);
      got.push({ headers: request.headers, body, trailers: request.trailers as IncomingHttpHeaders });
      response.end("ok");
    });
  }
  const { port } = await h2Upstream(t, async (stream, headers) => {
    let trailers: IncomingHttpHeaders = {};
    stream.on("trailers", (given) => {
      trailers = given;
    });
    got.push({ headers, body: await text(stream), trailers });
    stream.respond({ ":status": 200 });
    stream.end("ok");
  });
  return port;
}

async function sent(t: TestContext, outbound: Protocol, fields: OutgoingHttpHeaders): Promise<Got> {
  const got: Got[] = [];
  const port = await recording(t, outbound, got);
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: outbound }));
  const head = { ":method": "POST", ":path": "/", ...fields };
  const stream = h2Client(t, proxy.port).request(head, { endStream: false, waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "x-sum": "42" }));
  stream.end("hello");
  assert.equal((await seen(stream)).status, 200);
  assert.equal((await proxy.log())[0]?.bytesReceived, 5);
  return got[0] as Got;
}

const ANNOUNCED = { "content-length": "5", trailer: "x-sum" };
const GRPC = { "content-type": "application/grpc", te: "trailers" };

describe("a request over HTTP/2", () => {
  const rows: [name: string, outbound: Protocol, fields: OutgoingHttpHeaders, length?: string, sum?: string][] = [
    ["announced trailers reach HTTP/1.1, in chunks", "http1", ANNOUNCED, undefined, "42"],
    ["without a length trailers reach HTTP/1.1 unannounced", "http1", {}, undefined, "42"],
    ["with a length unannounced trailers do not (RFC 9110 6.5.1)", "http1", { "content-length": "5" }, "5", undefined],
    ["announced trailers reach HTTP/2", "h2c", ANNOUNCED, undefined, "42"],
    ["unannounced trailers reach HTTP/2, and the length", "h2c", { "content-length": "5" }, "5", "42"],
    ["gRPC", "h2c", { ...GRPC, "content-length": "5" }, "5", "42"],
  ];
  for (const [name, outbound, fields, length, sum] of rows) {
    test(name, async (t) => {
      const { headers, body, trailers } = await sent(t, outbound, fields);
      assert.equal(body, "hello");
      assert.deepEqual([headers["content-length"], trailers["x-sum"]], [length, sum]);
      if (outbound === "http1")
        assert.equal(headers["transfer-encoding"], length === undefined ? "chunked" : undefined);
      assert.equal(headers.trailer, undefined);
    });
  }

  test("a head alone announces nothing that could come: its length stays", async (t) => {
    const got: Got[] = [];
    const port = await recording(t, "http1", got);
    const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const head = { ":method": "POST", ":path": "/", "content-length": "0", trailer: "x-sum" };
    assert.equal((await seen(h2Client(t, proxy.port).request(head, { endStream: true }))).body, "ok");
    assert.equal(got[0]?.headers["content-length"], "0");
  });
});

/** A backend over HTTP/2 whose response has a length and trailers. */
async function answering(t: TestContext, fields: OutgoingHttpHeaders): Promise<{ port: number }> {
  const { port } = await h2Upstream(t, (stream) => {
    stream.respond({ ":status": 200, "content-length": "5", ...fields }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "x-sum": "42" }));
    stream.end("hello");
  });
  return start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
}

async function askHttp1(port: number, headers: Record<string, string>, method = "GET"): Promise<Seen> {
  const request = httpRequest({ host: "127.0.0.1", port, method, agent: false, headers });
  request.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  const body = await text(response);
  const trailers = response.trailers as IncomingHttpHeaders;
  return { status: response.statusCode ?? 0, headers: response.headers, body, trailers, interim: [] };
}

describe("a response over HTTP/2", () => {
  const TAKES = { te: "trailers", connection: "te" };
  const rows: [
    name: string,
    inbound: Protocol,
    asked: Record<string, string>,
    fields: OutgoingHttpHeaders,
    length?: string,
    sum?: string,
  ][] = [
    ["announced trailers reach HTTP/1.1, in chunks", "http1", TAKES, { trailer: "x-sum" }, undefined, "42"],
    ["unannounced ones do not, and the length stays", "http1", TAKES, {}, "5", undefined],
    ["nor to a client that takes none", "http1", {}, { trailer: "x-sum" }, undefined, undefined],
    ["announced trailers reach HTTP/2", "h2c", {}, { trailer: "x-sum" }, undefined, "42"],
    ["unannounced trailers reach HTTP/2, and the length", "h2c", {}, {}, "5", "42"],
  ];
  for (const [name, inbound, asked, fields, length, sum] of rows) {
    test(name, async (t) => {
      const { port } = await answering(t, fields);
      const answer =
        inbound === "http1" ? await askHttp1(port, asked) : await seen(h2Client(t, port).request({ ":path": "/" }));
      assert.deepEqual([answer.status, answer.body], [200, "hello"]);
      assert.deepEqual([answer.headers["content-length"], answer.trailers?.["x-sum"]], [length, sum]);
      assert.equal(answer.headers.trailer, undefined);
    });
  }

  test("HTTP/1.0 has neither chunks nor trailers: the end of the connection is the end of the body", async (t) => {
    const { port } = await answering(t, { trailer: "x-sum" });
    const { text: answer } = await raw(port, "GET / HTTP/1.0\r\nHost: test\r\n\r\n");
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.ok(answer.endsWith("\r\n\r\nhello"), answer);
    assert.doesNotMatch(answer, /content-length|transfer-encoding|x-sum/i);
  });

  test("what has no body keeps its length", async (t) => {
    const { port } = await h2Upstream(t, (stream) => {
      stream.respond({ ":status": 200, "content-length": "5", trailer: "x-sum" }, { endStream: true });
    });
    const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
    const answer = await askHttp1(proxy.port, TAKES, "HEAD");
    assert.equal(answer.headers["content-length"], "5");
  });
});
