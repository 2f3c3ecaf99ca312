/** Guests that trap again and again: they are not run in any thread, until they are tried again or another version is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PluginBinding } from "../../../runtime/config/snapshot.ts";
import type { HealthEvent } from "../../../runtime/wasm/health/quarantine.ts";
import type { StartablePlugin } from "../../../runtime/wasm/plugin-host.ts";
import { LISTENER, plugin, rule, snapshot } from "../fixture.ts";
import { backend, Caller, type Crew, callers, startCrew } from "./crew.ts";
import { burner, idler, noKeySets, startable, trapper } from "./spinner.ts";

type Context = Parameters<typeof startCrew>[0];
type Policy = PluginBinding["failurePolicy"];

const TRAP = "x-spin: 1\r\n";
/** Milliseconds: a second, less what chance takes off. */
const SHORTEST_QUARANTINE = 800;

async function crewWith(t: Context, failurePolicy: Policy, workers = 2): Promise<Crew & { readonly port: number }> {
  const given = snapshot({
    clusters: { "test/app:80": [await backend(t)] },
    rules: [rule({ plugins: ["trapper"] })],
    plugins: [plugin("trapper", { failurePolicy })],
  });
  const crew = await startCrew(t, workers, given);
  return { ...crew, port: crew.fleet.address(LISTENER).port };
}

async function serve({ fleet }: Crew, plugin: StartablePlugin, told: HealthEvent[] = []): Promise<void> {
  await (await fleet.host.start(plugin, noKeySets(), (event) => void told.push(event))).commit();
}

/** Five traps in one thread. */
async function trapFiveTimes(t: Context, port: number, status: number): Promise<void> {
  const [caller] = callers(t, port, 1);
  for (let i = 0; i < 5; i += 1) assert.equal(await caller?.ask(TRAP), status);
}

for (const [failurePolicy, status] of [
  ["closed", 503],
  ["open", 200],
] as const) {
  test(`what one thread has seen holds in all, and ${failurePolicy} answers ${status}; then it is tried again`, async (t) => {
    const crew = await crewWith(t, failurePolicy);
    const told: HealthEvent[] = [];
    await serve(crew, startable(await trapper(), "trapper"), told);
    const made = callers(t, crew.port, 16);
    for (const caller of made) assert.equal(await caller.ask(), 200);
    const began = performance.now();
    await trapFiveTimes(t, crew.port, status);
    const { details } = await crew.event(/plugin quarantined/);
    assert.deepEqual([details.plugin, details.version, details.code], ["trapper", "1.0.0", "GUEST_TRAP"]);
    await crew.fleet.plugins();
    /** Whether it may run again by now, on a machine that has more to do. */
    const isOver = () => performance.now() - began >= SHORTEST_QUARANTINE;
    for (const caller of made) assert.ok((await caller.ask()) === status || isOver());
    const ready = await fetch(`${crew.fleet.adminUrl}/ready`);
    const { plugins } = (await ready.json()) as { plugins: { quarantine?: Record<string, string> }[] };
    assert.equal(ready.status, 200, "other routes go on");
    const consequence = failurePolicy === "open" ? /without it/ : /answered 503/;
    assert.ok(plugins[0]?.quarantine?.code === "GUEST_TRAP" || isOver());
    assert.ok(consequence.test(plugins[0]?.quarantine?.consequence ?? "") || isOver());
    await reached(() => /^heddle_plugin_quarantined\{plugin="trapper"\} 1$/m.test(crew.fleet.metrics()) || isOver());
    // Two instances in each thread, and one for each trap.
    while ((await crew.fleet.plugins())[0]?.started !== 2 * 2 + 5);
    const [{ traps, fuelUsed } = { traps: 0, fuelUsed: 0 }] = await crew.fleet.plugins();
    assert.deepEqual([traps, fuelUsed > 0], [5, true]);
    while (!crew.events.some(({ message }) => message === "plugin runs again")) {
      for (const caller of made) await caller.ask();
    }
    for (const caller of made) assert.equal(await caller.ask(), 200);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ["quarantined", "released"],
    );
    await reached(() => /^heddle_plugin_quarantined\{plugin="trapper"\} 0$/m.test(crew.fleet.metrics()));
    const refusal = /"flags":"PF","detail":"plugin_fault: trapper: PLUGIN_QUARANTINED: not run after too many faults/;
    if (failurePolicy === "closed") await reached(() => crew.lines.some((line) => refusal.test(line)));
  });
}

async function reached(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test("previous: all threads go back to the version before, by themselves and for good", async (t) => {
  const crew = await crewWith(t, "previous");
  const told: HealthEvent[] = [];
  const kept = { keepPrevious: true };
  await serve(crew, { ...startable(await idler(), "trapper", "1.0.0"), ...kept });
  await serve(crew, { ...startable(await trapper(), "trapper", "2.0.0"), ...kept }, told);
  const made = callers(t, crew.port, 16);
  for (const caller of made) assert.equal(await caller.ask(), 200);
  await trapFiveTimes(t, crew.port, 503);
  const { details } = await crew.event(/plugin quarantined/);
  assert.deepEqual([details.version, details.fate], ["2.0.0", "the version before it serves"]);
  const [view] = await crew.fleet.plugins();
  assert.deepEqual([view?.version, view?.quarantine?.version, view?.quarantined], ["1.0.0", "2.0.0", true]);
  assert.equal(view?.quarantine?.consequence, "version 1.0.0 serves in its place");
  for (const caller of made) assert.equal(await caller.ask(TRAP), 200);
  assert.deepEqual(
    told.map((event) => event.kind === "quarantined" && event.reverted),
    [true],
  );
  await serve(crew, { ...startable(await idler(), "trapper", "3.0.0"), ...kept });
  const [next] = await crew.fleet.plugins();
  assert.deepEqual([next?.version, next?.quarantined], ["3.0.0", false]);
});

/** A dear filter on `/`, whose share is a hundredth of the only thread, and a route without filters. */
async function dearFilter(t: Context): Promise<Crew & { readonly port: number }> {
  const given = snapshot({
    clusters: { "test/app:80": [await backend(t)] },
    rules: [rule({ plugins: ["trapper"] }), rule({ name: "test/free/0", path: "/free" })],
    plugins: [plugin("trapper")],
  });
  const crew = await startCrew(t, 1, given);
  await serve(crew, { ...startable(await burner(), "trapper"), limits: { share: 0.01 } });
  return { ...crew, port: crew.fleet.address(LISTENER).port };
}

/** Asks on so many connections at once, each again and again, until one was answered so. How many were answered. */
async function until(made: readonly Caller[], status: number, path = "/"): Promise<number> {
  let [asked, found] = [0, false];
  const loop = async (caller: Caller) => {
    for (; !found && asked < 5_000; asked += 1) found = (await caller.ask("", path)) === status || found;
  };
  await Promise.all(made.map(loop));
  assert.ok(found, `no answer was ${status}`);
  return asked;
}

test("a plugin beyond its share of a thread that others need is shed for the rest of a second, then runs again", async (t) => {
  const crew = await dearFilter(t);
  const made = callers(t, crew.port, 12);
  let served = false;
  const others = made.slice(0, 4).map(async (caller) => {
    while (!served) assert.equal(await caller.ask("", "/free"), 200);
  });
  assert.ok((await until(made.slice(4), 503)) > 2, "a hundredth of a second is some requests long");
  served = true;
  await Promise.all(others);
  const refusal = /"flags":"PF","detail":"plugin_fault: trapper: PLUGIN_SHED: it had used up its share/;
  await reached(() => crew.lines.some((line) => refusal.test(line)));
  const [caller] = made;
  while ((await caller?.ask()) !== 200) await new Promise((resolve) => setTimeout(resolve, 5));
  await reached(() => /^heddle_plugin_shed\{plugin="trapper"\} [1-9]/m.test(crew.fleet.metrics()));
  assert.equal((await crew.fleet.plugins())[0]?.quarantined, false);
});

test("a plugin beyond its share of a thread that nobody else needs is run", async (t) => {
  const crew = await dearFilter(t);
  const made = callers(t, crew.port, 8);
  let asked = 0;
  const loop = async (caller: Caller) => {
    for (; asked < 400; asked += 1) assert.equal(await caller.ask(), 200);
  };
  await Promise.all(made.map(loop));
  const view = async () => (await crew.fleet.plugins())[0];
  // 400 hooks, of which a few are a hundredth of a second. Only threads that answer soon are counted.
  while (((await view())?.fuelUsed ?? 0) <= 400 * 1_000_000);
  assert.equal((await view())?.quarantined, false);
});

test("previous: nothing to go back to is as closed", async (t) => {
  const crew = await crewWith(t, "previous", 1);
  await serve(crew, { ...startable(await trapper(), "trapper"), keepPrevious: true });
  await trapFiveTimes(t, crew.port, 503);
  const { details } = await crew.event(/plugin quarantined/);
  assert.match(String(details.fate), /^tried again in \d+ ms$/);
  assert.equal(await new Caller(crew.port).ask(), 503);
});
