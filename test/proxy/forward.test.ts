import assert from "node:assert/strict";
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
