import assert from "node:assert/strict";
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import type { BackendTls } from "../../../runtime/config/snapshot.ts";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import type { CallOutcome, GuestCall, GuestCalls } from "../../../runtime/wasm/guest-calls.ts";
import { NEXT } from "../../../runtime/wasm/verdict.ts";
import { authority, certificateFor } from "../../certificates.ts";
import { answering, plugin, rawUpstream, rule, snapshot, start, upstream } from "../fixture.ts";
import { slotsOf } from "../scripted.ts";
import { secureUpstream, trusting } from "../secure-upstream.ts";

function ask(calls: GuestCalls, given: Partial<GuestCall> = {}): Promise<CallOutcome> {
  return new Promise((resolve) => {
    let within = true;
    calls.send(
      {
        ...{ backend: "test/users:80", method: "GET", scheme: "http", authority: "users.test", target: "/a?b=c" },
        ...{ headers: [], body: new Uint8Array(), timeout: 5_000, maxBytes: 1_000, exchange: undefined },
        ...given,
      },
      (outcome) => {
        assert.ok(!within, "never within the call");
        resolve(outcome);
      },
    );
    within = false;
  });
}

async function callsTo(t: TestContext, port: number | number[], protocol: "http1" | "h2c" = "http1") {
  const clock = manualClock();
  const ports = Array.isArray(port) ? port : [port];
  const running = await start(t, snapshot({ clusters: { "test/users:80": ports }, protocol }), { clock });
  return { ...running, clock, calls: running.proxy.calls };
}

/** An h2c or HTTP/1.1 backend of the same handler. */
async function backendOf(t: TestContext, protocol: "http1" | "h2c", handler: RequestListener): Promise<number> {
  if (protocol === "http1") return upstream(t, handler);
  const server = createHttp2Server(handler as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const failure = (outcome: CallOutcome) => (outcome.kind === "failure" ? outcome.reason : outcome.status);

for (const protocol of ["http1", "h2c"] as const) {
  test(`a call has a response, with its body and its trailers: ${protocol}`, async (t) => {
    let seen: { headers: IncomingHttpHeaders; url: string | undefined; body: string } | undefined;
    const port = await backendOf(t, protocol, async (request, response) => {
      seen = { headers: request.headers, url: request.url, body: (await buffer(request)).toString() };
      response.setHeader("trailer", "x-sum");
      response.writeHead(201, { "x-from": "users" });
      response.write("one ");
      (response as ServerResponse).addTrailers({ "x-sum": "7" });
      response.end("two");
    });
    const { calls, proxy } = await callsTo(t, port, protocol);
    assert.equal(calls.knows("test/users:80"), true);
    assert.equal(calls.knows("test/other:80"), false);
    const outcome = await ask(calls, { method: "POST", headers: [["x-a", "1"]], body: Buffer.from("hello") });
    assert.ok(outcome.kind === "response");
    assert.equal(outcome.status, 201);
    assert.equal(Buffer.from(outcome.body).toString(), "one two");
    assert.ok(outcome.headers.some(([name, value]) => name === "x-from" && value === "users"));
    assert.deepEqual(outcome.trailers, [["x-sum", "7"]]);
    assert.equal(seen?.url, "/a?b=c");
    assert.equal(seen?.body, "hello");
    assert.equal(seen?.headers["x-a"], "1");
    assert.equal(seen?.headers["content-length"], "5");
    assert.match(String(seen?.headers.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.match(proxy.metrics.expose(), /heddle_plugin_calls_total\{backend="test\/users:80",outcome="2xx"\} 1/);
  });
}

test("a call for an exchange is a child of the exchange's span", async (t) => {
  let headers: IncomingHttpHeaders = {};
  const users = await upstream(t, (request, response) => {
    headers = request.headers;
    response.end();
  });
  const app = await upstream(t, (_request, response) => response.end());
  let outcome: Promise<CallOutcome> | undefined;
  const slots = slotsOf({
    a: {
      onRequest({ id }) {
        outcome = ask(proxy.calls, { exchange: id });
        return { kind: "wait", settle: (listener) => void outcome?.then(() => listener(NEXT)) };
      },
    },
  });
  const given = snapshot({
    rules: [rule({ plugins: ["a"] })],
    plugins: [plugin("a")],
    clusters: { "test/app:80": [app], "test/users:80": [users] },
  });
  const { url, log, proxy } = await start(t, given, { slots });
  assert.equal((await fetch(url)).status, 200);
  assert.equal(failure(await (outcome as Promise<CallOutcome>)), 200);
  const [line] = await log();
  assert.equal(headers["x-request-id"], line?.requestId);
  const [, trace, span] = String(headers.traceparent).split("-");
  assert.equal(trace, line?.traceId);
  assert.notEqual(span, line?.spanId);
});

test("what goes wrong has a name", async (t) => {
  const large = await upstream(t, (_request, response) => response.end("x".repeat(1_001)));
  const chunked = await upstream(t, (_request, response) => {
    response.write("x".repeat(600));
    response.end("x".repeat(600));
  });
  for (const [port, reason, call] of [
    [1, "unreachable", {}],
    [large, "too-large", {}],
    [chunked, "too-large", {}],
    [large, 200, { method: "HEAD" }],
    [await answering(t, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "close"), "broken", {}],
    [await answering(t, "nonsense\r\n\r\n", "close"), "broken", {}],
    [large, "unknown-backend", { backend: "test/nobody:80" }],
    [large, "broken", { method: "CONNECT" }],
    [large, "broken", { target: "/a b" }],
    [large, "broken", { headers: [["x-a", "1\r\nx-b: 2"]] }],
  ] as const satisfies readonly (readonly [number, string | number, Partial<GuestCall>])[]) {
    const { calls } = await callsTo(t, port);
    assert.equal(failure(await ask(calls, call)), reason, JSON.stringify([reason, call]));
  }
});

describe("calls over TLS", () => {
  const ca = authority("CA");
  const users = certificateFor(["users.test"], { issuer: ca });
  const at = (port: number, tls: BackendTls | undefined) =>
    snapshot({ clusters: { "test/users:80": [port] }, tls, connectTimeout: 5_000 });

  for (const scheme of ["http", "https"] as const) {
    test(`asked for by ${scheme}, where the backend has a policy`, async (t) => {
      const { port, connections, requests } = await secureUpstream(t, users);
      const { proxy } = await start(t, at(port, trusting(ca, "users.test")));
      const outcome = await ask(proxy.calls, { scheme });
      assert.equal(outcome.kind === "response" && Buffer.from(outcome.body).toString(), "secure");
      assert.equal(connections[0]?.serverName, "users.test");
      assert.equal(requests[0]?.headers.host, "users.test");
    });
  }

  test("https where the backend has none: refused, nothing is sent", async (t) => {
    let connections = 0;
    const port = await rawUpstream(t, () => {
      connections += 1;
    });
    const { proxy } = await start(t, at(port, undefined));
    const outcome = await ask(proxy.calls, { scheme: "https" });
    assert.equal(failure(outcome), "broken");
    const detail = "it asks for https, and no BackendTLSPolicy says whom to trust at test/users:80";
    assert.deepEqual([outcome.kind === "failure" && outcome.detail, connections], [detail, 0]);
  });

  test("a certificate that is not verified is unreachable", async (t) => {
    const { port, requests } = await secureUpstream(t, users);
    const { proxy } = await start(t, at(port, trusting(ca, "other.test")));
    const outcome = await ask(proxy.calls);
    assert.deepEqual(outcome, { kind: "failure", reason: "unreachable", detail: "tls_verify: CERT_NAME_MISMATCH" });
    assert.deepEqual(requests, []);
  });
});

test("a call that takes too long ends, with its connection", async (t) => {
  const closed = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", () => arrived.resolve());
    socket.on("close", () => closed.resolve());
  });
  const { calls, clock } = await callsTo(t, port);
  const outcome = ask(calls, { timeout: 50 });
  await arrived.promise;
  clock.advance(100);
  assert.equal(failure(await outcome), "timeout");
  await closed.promise;
});

test("a call that is cancelled tells nobody", async (t) => {
  const closed = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", () => arrived.resolve());
    socket.on("close", () => closed.resolve());
  });
  const { calls } = await callsTo(t, port);
  const call = calls.send(
    {
      ...{ backend: "test/users:80", method: "GET", scheme: "http", authority: "a", target: "/", headers: [] },
      ...{ body: new Uint8Array(), timeout: 5_000, maxBytes: 10, exchange: undefined },
    },
    () => assert.fail("nobody is told"),
  );
  await arrived.promise;
  call.cancel();
  await closed.promise;
});

test("another endpoint is tried when one cannot be reached", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("here"));
  const { calls } = await callsTo(t, [1, port]);
  for (let i = 0; i < 5; i += 1) assert.equal(failure(await ask(calls)), 200);
});

test("endpoints where machines keep credentials are left out, whatever the cluster says", async (t) => {
  const given = snapshot({ clusters: { "test/users:80": [1] } });
  const cluster = given.clusters.get("test/users:80");
  const endpoints = ["169.254.169.254", "metadata.test"].map((address) => ({ address, port: 80, ready: true }));
  const clusters = new Map([["test/users:80", { ...cluster, endpoints } as never]]);
  const { proxy } = await start(t, { ...given, clusters });
  const outcome = await ask(proxy.calls);
  assert.deepEqual(failure(outcome), "unreachable");
});
