import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { isHeddleError } from "../../../runtime/errors.ts";
import { LISTENER, plugin, rule, snapshot } from "../fixture.ts";
import { backend, Caller, callers, startCrew } from "./crew.ts";
import { idler, noKeySets, spinner, startable } from "./spinner.ts";

const page = async (url: string | undefined, path: string) => (await fetch(`${url}${path}`)).text();

test("threads share a port that the system chose, and count together", async (t) => {
  const port = await backend(t);
  const given = snapshot({ clusters: { "test/app:80": [port] } });
  const { fleet, url, lines } = await startCrew(t, 2, given);
  const made = callers(t, fleet.address(LISTENER).port, 24);
  for (const caller of made) assert.equal(await caller.ask(), 200);
  // Only threads that answer soon are counted.
  while ((await fleet.clusters())[0]?.ready[0]?.requests !== 24);
  const metrics = await page(fleet.adminUrl, "/metrics");
  assert.match(metrics, /^heddle_requests_total\{route="test\/route\/0",code="200",flags="-"\} 24$/m);
  assert.match(metrics, /^heddle_workers 2$/m);
  assert.equal((await fetch(`${fleet.adminUrl}/ready`)).status, 200);
  assert.equal((await fetch(url())).status, 200);
  await fleet.close();
  assert.equal(lines.length, 25);
});

test("a configuration is served by every thread once it has been applied, and a port stays what it is", async (t) => {
  const port = await backend(t);
  const clusters = { "test/app:80": [port] };
  const { fleet } = await startCrew(t, 2, snapshot({ clusters }));
  const before = fleet.address(LISTENER).port;
  const made = callers(t, before, 16);
  for (const caller of made) assert.equal(await caller.ask(), 200);
  await fleet.apply(snapshot({ clusters, rules: [rule({ invalid: "as a test" })], generation: 2 }));
  assert.equal(fleet.address(LISTENER).port, before);
  for (const caller of made) assert.equal(await caller.ask(), 500);
  assert.equal(fleet.snapshot.generation, 2);
});

test("a port that is taken changes nothing in any thread, even when its owner shares it", async (t) => {
  const port = await backend(t);
  const clusters = { "test/app:80": [port] };
  const { fleet, url } = await startCrew(t, 2, snapshot({ clusters }));
  const owner = createServer();
  await new Promise<void>((resolve) => owner.listen({ port: 0, host: "127.0.0.1", reusePort: true }, resolve));
  t.after(() => owner.close());
  const taken = (owner.address() as { port: number }).port;
  await assert.rejects(
    fleet.apply(snapshot({ clusters, port: taken, generation: 2 })),
    (error) => isHeddleError(error) && error.code === "LISTEN_FAILED" && /another process/.test(error.message),
  );
  assert.equal(fleet.snapshot.generation, 1);
  for (let i = 0; i < 8; i += 1) assert.equal((await fetch(url())).status, 200);
});

test("a plugin serves in every thread once it was committed; a new version takes its place in all of them", async (t) => {
  const port = await backend(t);
  const given = snapshot({
    clusters: { "test/app:80": [port] },
    rules: [rule({ plugins: ["a"] })],
    plugins: [plugin("a")],
  });
  const { fleet } = await startCrew(t, 2, given);
  const made = callers(t, fleet.address(LISTENER).port, 16);
  const statuses = async () => new Set(await Promise.all(made.map((caller) => caller.ask())));
  assert.deepEqual(await statuses(), new Set([503]), "a filter that must decide is not there");
  assert.equal(fleet.ready(), false);
  const one = await fleet.host.start(startable(await idler(), "a"), noKeySets());
  assert.deepEqual(await statuses(), new Set([503]), "what was started does not serve yet");
  await one.commit();
  assert.deepEqual(await statuses(), new Set([200]));
  assert.equal(fleet.ready(), true);
  const refused = startable(await spinner(), "a", "1.1.0");
  await assert.rejects(
    fleet.host.start({ ...refused, grants: [] }, noKeySets()),
    (error) => isHeddleError(error) && error.code === "IMPORT_NOT_GRANTED",
  );
  assert.equal((await fleet.plugins())[0]?.version, "1.0.0");
  await (await fleet.host.start(refused, noKeySets())).commit();
  assert.deepEqual(await statuses(), new Set([200]));
  assert.equal((await fleet.plugins())[0]?.version, "1.1.0");
  fleet.host.retire("a");
  await fleet.apply({ ...given, generation: 2 });
  assert.deepEqual(await statuses(), new Set([503]));
});

test("drain lets exchanges end, refuses new connections, and says how many were cut", async (t) => {
  const held: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  const port = await backend(t, (_, response) => {
    // A connection may come before a thread has heard of the drain.
    if (held.length === 4) return void response.end("early");
    held.push(() => response.end("late"));
    if (held.length === 4) arrived.resolve();
  });
  const { fleet, url } = await startCrew(t, 2, snapshot({ clusters: { "test/app:80": [port] } }));
  const answers = Array.from({ length: 4 }, async () => (await fetch(url())).text());
  await arrived.promise;
  const drained = fleet.drain(10_000);
  assert.equal(fleet.ready(), false);
  await assert.rejects(async () => {
    for (;;) await new Caller(fleet.address(LISTENER).port).ask().then((status) => assert.equal(status, 200));
  });
  for (const release of held) release();
  assert.deepEqual(await Promise.all(answers), Array(4).fill("late"));
  assert.deepEqual(await drained, { cut: 0 });
});
