import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathRewrite, RouteRule } from "../../runtime/config/snapshot.ts";
import { backend, raw, rule, snapshot, start, statusOf, upstream } from "./fixture.ts";

const edits = (set: Record<string, string>, add: Record<string, string> = {}, remove: string[] = []) => ({
  set: Object.entries(set).map(([name, value]) => ({ name, value })),
  add: Object.entries(add).map(([name, value]) => ({ name, value })),
  remove,
});

test("header modifiers of the rule and of the backend, on requests and responses", async (t) => {
  const port = await upstream(t, (request, response) => {
    response.setHeader("x-internal", "secret");
    response.end(JSON.stringify(request.headers));
  });
  const ofBackend = [{ type: "RequestHeaderModifier" as const, edits: edits({ "x-backend": "1" }) }];
  const rules = [
    rule({
      filters: [
        { type: "RequestHeaderModifier", edits: edits({ "x-set": "new" }, { "x-add": "more" }, ["x-gone"]) },
        { type: "ResponseHeaderModifier", edits: edits({ "x-out": "1" }, {}, ["x-internal"]) },
      ],
      backends: [backend("test/app:80", { filters: ofBackend })],
    }),
  ];
  const { url } = await start(t, snapshot({ rules, clusters: { "test/app:80": [port] } }));
  const response = await fetch(url, { headers: { "x-set": "old", "x-add": "one", "x-gone": "1" } });
  const seen = (await response.json()) as Record<string, string>;
  assert.equal(seen["x-set"], "new");
  assert.equal(seen["x-add"], "one, more");
  assert.equal(seen["x-gone"], undefined);
  assert.equal(seen["x-backend"], "1");
  assert.equal(response.headers.get("x-out"), "1");
  assert.equal(response.headers.get("x-internal"), null);
});

test("rewrites of path and host are what the backend sees", async (t) => {
  const port = await upstream(t, (request, response) => response.end(`${request.headers.host} ${request.url}`));
  const rules = [
    rule({
      path: "/api",
      filters: [
        {
          type: "URLRewrite",
          hostname: "inside.test",
          path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v2" },
        },
      ],
    }),
  ];
  const { url } = await start(t, snapshot({ rules, clusters: { "test/app:80": [port] } }));
  assert.equal(await (await fetch(`${url}/api/orders?id=1`)).text(), "inside.test /v2/orders?id=1");
});

test("a rewrite without a path or without a host leaves that part alone", async (t) => {
  const port = await upstream(t, (request, response) => response.end(`${request.headers.host} ${request.url}`));
  const rewrite = (hostname: string | undefined, path: PathRewrite | undefined) =>
    rule({ filters: [{ type: "URLRewrite", hostname, path }] });
  const cases: [RouteRule, string][] = [
    [rewrite("inside.test", undefined), "inside.test /api/orders?id=%2F"],
    [rewrite(undefined, { type: "ReplaceFullPath", replaceFullPath: "/one" }), "outside.test:81 /one?id=%2F"],
    [rewrite(undefined, undefined), "outside.test:81 /api/orders?id=%2F"],
  ];
  for (const [given, expected] of cases) {
    const running = await start(t, snapshot({ rules: [given], clusters: { "test/app:80": [port] } }));
    const head = "GET /api/orders?id=%2F HTTP/1.1\r\nhost: outside.test:81\r\nconnection: close\r\n\r\n";
    assert.ok((await raw(running.port, head)).text.includes(expected), expected);
  }
});

test("a backend's rewrite replaces the prefix that was routed, whatever the rule's rewrite made of it", async (t) => {
  const port = await upstream(t, (request, response) => response.end(`${request.headers.host} ${request.url}`));
  const prefix = (replacePrefixMatch: string) => ({ type: "ReplacePrefixMatch" as const, replacePrefixMatch });
  const ofBackend = [{ type: "URLRewrite" as const, hostname: undefined, path: prefix("/two") }];
  const rules = [
    rule({
      path: "/api/v1",
      filters: [{ type: "URLRewrite", hostname: "inside.test", path: prefix("/one/deeper/still") }],
      backends: [backend("test/app:80", { filters: ofBackend })],
    }),
  ];
  const { url } = await start(t, snapshot({ rules, clusters: { "test/app:80": [port] } }));
  assert.equal(await (await fetch(`${url}/api/v1/orders?id=1`)).text(), "inside.test /two/orders?id=1");
});

test("a redirect of a backend answers its share of the requests with the URL that the client asked for", async (t) => {
  let calls = 0;
  const port = await upstream(t, (_request, response) => response.end(`served ${++calls}`));
  const moved = {
    type: "RequestRedirect" as const,
    ...{ scheme: undefined, hostname: "new.test", path: undefined, port: 80, statusCode: 302 },
  };
  let point = 0.9;
  const rules = [
    rule({
      filters: [
        { type: "URLRewrite", hostname: "inside.test", path: { type: "ReplaceFullPath", replaceFullPath: "/x" } },
      ],
      backends: [backend("test/app:80"), backend("test/app:80", { filters: [moved] })],
    }),
  ];
  const given = snapshot({ rules, clusters: { "test/app:80": [port] } });
  const { url, log } = await start(t, given, { random: () => point });
  const answer = await fetch(`${url}/orders?id=1`, { redirect: "manual" });
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("location"), "http://new.test/orders?id=1");
  assert.equal(calls, 0);
  point = 0;
  assert.equal((await fetch(url)).status, 200);
  const [first] = await log(2);
  assert.equal(first?.flags, "RD");
  assert.equal(first?.attempts, 0);
});

test("redirects answer without the backend", async (t) => {
  const rules = [
    rule({
      filters: [
        {
          type: "RequestRedirect",
          scheme: "https",
          hostname: "b.test",
          path: undefined,
          port: undefined,
          statusCode: 301,
        },
      ],
    }),
  ];
  const { port, log } = await start(t, snapshot({ rules }));
  const answer = await raw(port, "GET /a?b HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
  assert.equal(statusOf(answer), 301);
  assert.match(answer.text, /location: https:\/\/b\.test\/a\?b\r\n/);
  assert.match(answer.text, /content-length: 0\r\n/);
  assert.equal((await log())[0]?.flags, "RD");
});

test("weights are kept, and an invalid backend answers 500 for its share", async (t) => {
  const one = await upstream(t, (_request, response) => response.end("one"));
  let point = 0;
  const rules = [
    rule({
      backends: [
        backend("test/one:80", { weight: 50 }),
        backend("test/none:80", { weight: 50, invalid: "BackendNotFound" }),
      ],
    }),
  ];
  const given = snapshot({ rules, clusters: { "test/one:80": [one] } });
  const { url, log } = await start(t, given, { random: () => point });
  assert.equal((await fetch(url)).status, 200);
  point = 0.9;
  assert.equal((await fetch(url)).status, 500);
  const [, line] = await log(2);
  assert.equal(line?.flags, "NC");
  assert.equal(line?.detail, "BackendNotFound");
});

test("a rule that cannot be applied answers 500, never without its filters", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const given = snapshot({ rules: [rule({ invalid: "no such Plugin" })], clusters: { "test/app:80": [port] } });
  const { url, log } = await start(t, given);
  assert.equal((await fetch(url)).status, 500);
  assert.equal((await log())[0]?.detail, "no such Plugin");
  const unknown = snapshot({ rules: [rule({ plugins: ["test/ghost"] })], clusters: { "test/app:80": [port] } });
  const second = await start(t, unknown);
  assert.equal((await fetch(second.url)).status, 503);
});
