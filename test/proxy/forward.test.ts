import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { LISTENER, rule, snapshot, start, upstream } from "./fixture.ts";

test("a request reaches its backend and the response comes back", async (t) => {
  const port = await upstream(t, (request, response) => {
    response.writeHead(201, { "x-method": request.method ?? "", "x-target": request.url ?? "" });
    request.pipe(response);
  });
  const { url, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const response = await fetch(`${url}/a/b?c=d`, { method: "POST", body: "hello" });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("x-method"), "POST");
  assert.equal(response.headers.get("x-target"), "/a/b?c=d");
  assert.equal(await response.text(), "hello");
  const [line] = await log();
  assert.equal(line?.status, 201);
  assert.equal(line?.flags, "-");
  assert.equal(line?.route, "test/route/0");
  assert.equal(line?.listener, LISTENER);
  assert.equal(line?.backend, "test/app:80");
  assert.equal(line?.upstream, `127.0.0.1:${port}`);
  assert.equal(line?.bytesReceived, 5);
  assert.equal(line?.bytesSent, 5);
  assert.equal(line?.query, "c=d");
  assert.ok((line?.duration ?? 0) > 0);
});

test("nothing matches: 404, flag NR", async (t) => {
  const { url, log } = await start(t, snapshot({ rules: [rule({ path: "/only" })] }));
  const response = await fetch(`${url}/other`);
  assert.equal(response.status, 404);
  assert.deepEqual(await response.json(), { error: "no route matches", code: 404 });
  assert.equal((await log())[0]?.flags, "NR");
});

const OWN = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const TRUSTING = { isTrusted: () => true };

const ROWS: {
  name: string;
  sent: Record<string, string>;
  options?: typeof TRUSTING;
  got: Record<string, string | RegExp | undefined>;
}[] = [
  {
    name: "nothing: all of it is ours",
    sent: {},
    got: {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": /^127\.0\.0\.1:\d+$/,
      traceparent: /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
      "x-request-id": OWN,
    },
  },
  {
    name: "a trace and an id: they go on; the rest is ours",
    sent: { traceparent: `00-${TRACE}-b7ad6b7169203331-00`, tracestate: "a=1", "x-request-id": "mine-1" },
    got: {
      traceparent: new RegExp(`^00-${TRACE}-(?!b7ad6b7169203331)[0-9a-f]{16}-00$`),
      tracestate: "a=1",
      "x-request-id": "mine-1",
      "x-forwarded-for": "127.0.0.1",
    },
  },
  {
    name: "a broken trace, an id with a space: replaced, and what came with them dropped",
    sent: { traceparent: "00-x", tracestate: "a=1", "x-request-id": "a b" },
    got: { traceparent: /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/, tracestate: undefined, "x-request-id": OWN },
  },
  {
    name: "what an untrusted client says about itself: appended to, or replaced",
    sent: {
      "x-forwarded-for": "10.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "evil.test",
      "x-original-url": "/admin",
      "x-http-method-override": "DELETE",
    },
    got: {
      "x-forwarded-for": "10.0.0.1, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": /^127\.0\.0\.1:\d+$/,
      "x-original-url": undefined,
      "x-http-method-override": undefined,
    },
  },
  {
    name: "what a trusted peer says stands",
    sent: { "x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "https", "x-original-url": "/a" },
    options: TRUSTING,
    got: {
      "x-forwarded-for": "10.0.0.1, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": /^127\.0\.0\.1:\d+$/,
      "x-original-url": "/a",
    },
  },
];

for (const { name, sent, options, got } of ROWS) {
  test(`introduced to the backend: ${name}`, async (t) => {
    let seen: IncomingHttpHeaders = {};
    const port = await upstream(t, (request, response) => {
      seen = request.headers;
      response.end();
    });
    const { url, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }), options);
    // Twice: what a connection says again is remembered.
    for (let i = 0; i < 2; i += 1) {
      await (await fetch(url, { headers: sent })).text();
      for (const [field, wanted] of Object.entries(got)) {
        if (wanted instanceof RegExp) assert.match(String(seen[field]), wanted, field);
        else assert.equal(seen[field], wanted, field);
      }
      const line = (await log(i + 1))[i];
      assert.equal(line?.requestId, seen["x-request-id"]);
      assert.equal(`00-${line?.traceId}-${line?.spanId}`, String(seen.traceparent).slice(0, 52));
    }
  });
}
