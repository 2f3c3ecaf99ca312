import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { PluginBinding } from "../../runtime/config/snapshot.ts";
import { type Act, stage } from "./actors.ts";
import { backend, plugin, rule, snapshot, start, upstream } from "./fixture.ts";

interface Play {
  cast: Record<string, Act>;
  bindings?: Record<string, Partial<PluginBinding>>;
}

async function play(t: TestContext, { cast, bindings = {} }: Play) {
  const seen: string[] = [];
  const port = await upstream(t, (request, response) => {
    seen.push(String(request.headers["x-onward"]));
    response.setHeader("x-from", "backend");
    response.end("from the backend");
  });
  const other = await upstream(t, (_request, response) => response.end("from the other"));
  const theatre = await stage(cast);
  const names = Object.keys(cast);
  const plugins = names.map((name) => plugin(name, bindings[name]));
  const backends = [backend("test/app:80"), backend("test/other:80", { weight: 0 })];
  const clusters = { "test/app:80": [port], "test/other:80": [other] };
  const given = snapshot({ rules: [rule({ plugins: names, backends })], plugins, clusters });
  const running = await start(t, given, { slots: theatre.slots });
  return { ...running, ...theatre, seen };
}

test("requests pass the filters onward, responses backward, and each logs once", async (t) => {
  const { url, seen, said, log } = await play(t, { cast: { a: {}, b: {}, c: {} } });
  const response = await fetch(url);
  assert.equal(await response.text(), "from the backend");
  assert.deepEqual(seen, ["a, b, c"]);
  assert.equal(response.headers.get("x-backward"), "c, b, a");
  const [line] = await log();
  assert.deepEqual(said, ["logged by a", "logged by b", "logged by c"]);
  assert.deepEqual(line?.plugins, { a: "1.0.0", b: "1.0.0", c: "1.0.0" });
  assert.deepEqual(line?.attributes, { last: "c" });
});

test("a filter that answers: later filters and the backend see nothing, earlier ones see its response", async (t) => {
  const { url, seen, said, log } = await play(t, { cast: { a: {}, b: { request: "respond" }, c: {} } });
  const response = await fetch(url);
  assert.equal(response.status, 418);
  assert.equal(await response.text(), "answered by b");
  assert.equal(response.headers.get("x-by"), "b");
  assert.equal(response.headers.get("x-backward"), "a");
  assert.deepEqual(seen, []);
  const [line] = await log();
  assert.equal(line?.flags, "FA");
  assert.deepEqual(said, ["logged by a", "logged by b"]);
});

test("a filter that denies: flag UAEX", async (t) => {
  const { url, log } = await play(t, { cast: { a: { request: "deny" } } });
  assert.equal((await fetch(url, { method: "POST", body: "x".repeat(1_000) })).status, 401);
  assert.equal((await log())[0]?.flags, "UAEX");
});

test("a filter that replaces the response: the backend's is dropped, earlier filters see the new one", async (t) => {
  const { url, log } = await play(t, { cast: { a: {}, b: { response: "respond" }, c: {} } });
  const response = await fetch(url);
  assert.equal(response.status, 410);
  assert.equal(await response.text(), "replaced by b");
  assert.equal(response.headers.get("x-from"), null);
  assert.equal(response.headers.get("x-backward"), "a");
  assert.equal((await log())[0]?.flags, "FA");
});

test("a filter chooses the backend", async (t) => {
  const { url } = await play(t, { cast: { a: { backend: "test/other:80" } } });
  assert.equal(await (await fetch(url)).text(), "from the other");
});

for (const hook of ["request", "response", "log"] as const) {
  test(`a trap in on-${hook}, policy closed`, async (t) => {
    const { url, seen, log, proxy } = await play(t, { cast: { a: {}, b: { [hook]: "trap" }, c: {} } });
    const response = await fetch(url);
    const body = await response.text();
    assert.equal(response.status, hook === "log" ? 200 : 503);
    const [line] = await log();
    if (hook !== "log") {
      assert.equal(body, '{"error":"a policy failed","code":503}\n');
      assert.equal(line?.flags, "PF");
      assert.match(line?.detail ?? "", /plugin_fault: b: GUEST_TRAP: /);
    }
    assert.deepEqual(seen, hook === "request" ? [] : ["a, b, c"]);
    assert.match(proxy.metrics.expose(), /heddle_plugin_faults_total\{plugin="b",code="GUEST_TRAP"\} 1/);
    assert.equal((await fetch(url)).status, hook === "log" ? 200 : 503, "the next request meets a fresh instance");
  });

  test(`a trap in on-${hook}, policy open`, async (t) => {
    const bindings = { b: { failurePolicy: "open" as const } };
    const { url, seen, log } = await play(t, { cast: { a: {}, b: { [hook]: "trap" }, c: {} }, bindings });
    for (let i = 0; i < 3; i += 1) {
      const response = await fetch(url);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "from the backend");
    }
    assert.equal(seen.length, 3);
    assert.equal((await log(3))[2]?.flags, "-");
  });
}

test("a plugin that is not loaded: closed answers 503, open lets pass", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const clusters = { "test/app:80": [port] };
  for (const [failurePolicy, status] of [
    ["closed", 503],
    ["open", 200],
  ] as const) {
    const plugins = [plugin("late", { failurePolicy })];
    const { url, log, proxy } = await start(t, snapshot({ rules: [rule({ plugins: ["late"] })], plugins, clusters }));
    assert.equal((await fetch(url)).status, status);
    assert.equal(proxy.ready(), failurePolicy === "open");
    assert.equal((await log())[0]?.flags, failurePolicy === "open" ? "-" : "NFCF");
  }
});

test("a plugin in shadow enforces nothing and changes nothing; the log says what it would have done", async (t) => {
  const bindings = { b: { mode: "shadow" as const } };
  for (const act of ["respond", "deny", "trap"] as const) {
    const { url, seen, log } = await play(t, { cast: { a: {}, b: { request: act, response: "trap" } }, bindings });
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.deepEqual(seen, ["a"]);
    assert.equal(response.headers.get("x-backward"), "a");
    const [line] = await log();
    assert.equal(line?.attributes.last, "a");
    assert.match(String(line?.attributes["shadow.b"]), /^fault GUEST_TRAP/);
  }
});

test("an exchange ends on the generation it began with; the old one closes after it", async (t) => {
  let release: (() => void) | undefined;
  const arrived = Promise.withResolvers<void>();
  const port = await upstream(t, (_request, response) => {
    if (release !== undefined) return void response.end("second");
    release = () => response.end("first");
    arrived.resolve();
  });
  const theatre = await stage({ a: {} });
  const given = snapshot({
    rules: [rule({ plugins: ["a"] })],
    plugins: [plugin("a")],
    clusters: { "test/app:80": [port] },
  });
  const { url, log } = await start(t, given, { slots: theatre.slots });
  const first = fetch(url);
  await arrived.promise;
  theatre.slot("a").swap(await theatre.generation("new", {}, "1.1.0"));
  const second = await fetch(url);
  assert.equal(second.headers.get("x-backward"), "new");
  assert.equal(theatre.slot("a").retiring, 1);
  release?.();
  assert.equal((await first).headers.get("x-backward"), "a");
  const lines = await log(2);
  assert.deepEqual(
    lines.map((line) => line.plugins.a),
    ["1.1.0", "1.0.0"],
  );
  assert.equal(theatre.slot("a").retiring, 0);
});

test("every lease comes back, however the exchange ends", async (t) => {
  const theatre = await stage({ a: {} });
  const given = snapshot({
    rules: [rule({ plugins: ["a"] })],
    plugins: [plugin("a")],
    clusters: { "test/app:80": [1] },
  });
  const { url, log } = await start(t, given, { slots: theatre.slots });
  for (let i = 0; i < 5; i += 1) assert.equal((await fetch(url)).status, 503);
  await log(5);
  theatre.slot("a").swap(await theatre.generation("new", {}, "1.1.0"));
  assert.equal(theatre.slot("a").retiring, 0);
});
