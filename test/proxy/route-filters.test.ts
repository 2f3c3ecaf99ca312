import assert from "node:assert/strict";
import { test } from "node:test";
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
