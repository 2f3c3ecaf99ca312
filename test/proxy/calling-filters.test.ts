import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import type { PluginLimits } from "../../runtime/wasm/limits.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createSlot } from "../../runtime/wasm/slot.ts";
import { guest } from "../wasm/guests.ts";
import { testServices } from "../wasm/surroundings.ts";
import { plugin, rule, snapshot, start, upstream } from "./fixture.ts";

interface Play {
  /** The service that the filter calls. @default knows alice */
  readonly keys?: RequestListener;
  readonly backend?: RequestListener;
  readonly limits?: Partial<PluginLimits>;
}

const KEYS: RequestListener = async (request, response) => {
  if (request.url === "/price") response.end(`${(await text(request)).length} cents`);
  else if (request.headers["x-token"] === "alice") response.end("alice of the shop");
  else response.writeHead(404).end();
};

/** The guest `gatekeeper` in a proxy whose clusters it calls by. */
async function play(t: TestContext, { keys = KEYS, backend, limits }: Play = {}) {
  const seen: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const echo = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString();
    seen.push({ headers: request.headers, body });
    response.end(`got ${body}`);
  };
  const [app, service] = [await upstream(t, backend ?? echo), await upstream(t, keys)];
  const slot = createSlot("gatekeeper");
  const given = snapshot({
    rules: [rule({ plugins: ["gatekeeper"] })],
    plugins: [plugin("gatekeeper")],
    clusters: { "test/app:80": [app], "test/keys:80": [service] },
  });
  const running = await start(t, given, { slots: () => slot });
  const built = await guest("gatekeeper");
  const generation = await createGeneration({
    plugin: await compilePlugin(built.component),
    ...{ name: "gatekeeper", version: "1.0.0", config: "{}", limits, backends: ["test/keys:80"] },
    ...{ grants: built.manifest.capabilities, sensitiveHeaders: built.manifest.sensitiveHeaders },
    services: testServices({ calls: running.proxy.calls }),
  });
  slot.swap(generation);
  return { ...running, seen, generation };
}

const asAlice = { authorization: "alice" };

test("a filter asks a service who comes, and lets in, turns away or says that it cannot tell", async (t) => {
  const { url, seen, log } = await play(t);
  assert.equal((await fetch(url)).status, 401);
  const welcome = await fetch(url, { headers: asAlice });
  assert.deepEqual([welcome.status, await welcome.text()], [200, "GOT "]);
  assert.equal(seen[0]?.headers["x-user"], "alice of the shop");
  assert.equal((await fetch(url, { headers: { authorization: "bob" } })).status, 403);
  const lines = await log(3);
  assert.deepEqual(lines[1]?.span, { "keys.status": 200 });
  assert.equal(lines[0]?.span, undefined);
});

test("what the service cannot say is a reason in the log", async (t) => {
  const { url, log } = await play(t, { keys: (request) => request.socket.destroy() });
  assert.equal((await fetch(url, { headers: asAlice })).status, 503);
  assert.match((await log())[0]?.detail ?? "", /^keys_[58]$/);
});

test("it decides about headers after it has read the body, and called about it; lengths are exact", async (t) => {
  const { url, seen } = await play(t);
  const body = JSON.stringify({ item: "loom" });
  const response = await fetch(url, { method: "POST", headers: asAlice, body });
  const sent = `{"item":"loom","price":"15 cents"}`;
  assert.equal(seen[0]?.body, sent);
  assert.deepEqual([seen[0]?.headers["x-price"], seen[0]?.headers["content-length"]], ["15 cents", `${sent.length}`]);
  assert.equal(await response.text(), `GOT ${sent.toUpperCase()}`);
  assert.equal(response.headers.get("x-length"), response.headers.get("content-length"));
  const refused = await fetch(url, { method: "POST", headers: asAlice, body: "no json" });
  assert.deepEqual([refused.status, await refused.text()], [422, "no JSON"]);
  assert.equal(seen.length, 1, "the backend saw nothing of it");
});

test("a response streams through the filter where its head is not held", async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { port } = await play(t, {
    async backend(_, response) {
      response.setHeader("x-plain", "yes");
      response.write("first");
      await promise;
      response.end("last");
    },
  });
  const request = httpRequest({ port, host: "127.0.0.1", headers: asAlice }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const [first] = await once(response, "data");
  assert.equal(String(first), "FIRST");
  resolve();
  assert.equal(await text(response), "LAST");
});

test("a client that leaves while the filter sleeps: the call is given up, the instance serves the next", async (t) => {
  const called = Promise.withResolvers<ServerResponse>();
  let isFirst = true;
  const { port, url, generation, log } = await play(t, {
    limits: { instances: 1 },
    keys(request, response) {
      if (!isFirst) return void KEYS(request, response);
      isFirst = false;
      called.resolve(response);
    },
  });
  const socket = connect(port, "127.0.0.1", () => {
    socket.write("GET / HTTP/1.1\r\nhost: a\r\nauthorization: alice\r\n\r\n");
  });
  const response = await called.promise;
  socket.destroy();
  await once(response, "close");
  assert.equal(response.writableFinished, false);
  assert.equal((await fetch(url, { headers: asAlice })).status, 200);
  assert.equal((await log(2)).length, 2);
  assert.equal(generation.traps, 0);
});

/** Requests at once, and how they were answered. */
async function crowd(url: string, count: number): Promise<Record<number, number>> {
  const statuses = await Promise.all(
    Array.from({ length: count }, async () => {
      const response = await fetch(url, { headers: asAlice });
      await response.text();
      return response.status;
    }),
  );
  return Object.fromEntries([...new Set(statuses)].map((one) => [one, statuses.filter((s) => s === one).length]));
}

test("more exchanges than instances wait their turn", async (t) => {
  const { url, generation } = await play(t, { limits: { instances: 4 } });
  assert.deepEqual(await crowd(url, 200), { 200: 200 });
  assert.equal(generation.traps, 0);
});

test("more than may wait meet the failure policy, and the log says why", async (t) => {
  const open = Promise.withResolvers<void>();
  let arrived = 0;
  const { url, generation, log } = await play(t, {
    limits: { instances: 2, waiting: 3 },
    async keys(request, response) {
      arrived++;
      await open.promise;
      KEYS(request, response);
    },
  });
  const answers = crowd(url, 10);
  const refused = (await log(5)).filter(({ status }) => status === 503);
  assert.deepEqual([refused.length, refused[0]?.flags, arrived], [5, "PF", 2]);
  assert.match(refused[0]?.detail ?? "", /POOL_EXHAUSTED: all 2 instances are in use, and 3 exchanges wait for one/);
  open.resolve();
  assert.deepEqual(await answers, { 200: 5, 503: 5 });
  assert.equal(generation.traps, 0);
});
