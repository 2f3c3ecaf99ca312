import assert from "node:assert/strict";
import type { RequestListener, ServerResponse } from "node:http";
import { constants } from "node:http2";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { connectDeclared } from "../../runtime/http/connect.ts";
import type { Connect } from "../../runtime/http/outbound.ts";
import { snapshot, start, upstream } from "./fixture.ts";
import { h2Upstream } from "./http2-peers.ts";

/** One connection to an endpoint, and one request that waits for it. */
const narrow: Connect = (endpoint, limits) => connectDeclared(endpoint, { ...limits, connections: 1, waiting: 1 });

test("full pools: another endpoint first, then 503 with flag UO", async (t) => {
  const held: ServerResponse[] = [];
  const full = Promise.withResolvers<void>();
  const hold: RequestListener = (_request, response) => {
    if (held.push(response) === 2) full.resolve();
  };
  const ports = [await upstream(t, hold), await upstream(t, hold)];
  // The first of two equally busy endpoints each time: the other one is met by trying again.
  const given = snapshot({ clusters: { "test/app:80": ports } });
  const { url, log, proxy } = await start(t, given, { connect: narrow, random: () => 0 });
  const waiting = [fetch(url), fetch(url)];
  await full.promise;
  waiting.push(fetch(url), fetch(url));
  while (proxy.active < 4) await turn();
  const refused = await fetch(url);
  assert.equal(refused.status, 503);
  assert.deepEqual(await refused.json(), { error: "the backend is busy", code: 503 });
  const [line] = await log();
  assert.equal(line?.flags, "UO");
  assert.equal(line?.attempts, 2);
  assert.match(proxy.metrics.expose(), /heddle_upstream_requests_total\{backend="test\/app:80",outcome="UO"\} 1/);
  while (held.length < 4) {
    for (const response of held) response.end("late");
    await turn();
  }
  for (const response of held) response.end("late");
  for (const each of waiting) assert.equal(await (await each).text(), "late");
});

test("a stream that an HTTP/2 backend refuses twice goes to another endpoint", async (t) => {
  let refusals = 0;
  const { port: refusing } = await h2Upstream(t, (stream) => {
    refusals += 1;
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
  });
  const { port: willing } = await h2Upstream(t, (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("ok");
  });
  const given = snapshot({ clusters: { "test/app:80": [refusing, willing] }, protocol: "h2c" });
  const { url, log } = await start(t, given, { random: () => 0 });
  for (let i = 0; i < 3; i += 1) assert.equal(await (await fetch(url)).text(), "ok");
  assert.ok(refusals > 0);
  for (const line of await log(3)) assert.equal(line.upstream, `127.0.0.1:${willing}`);
});
