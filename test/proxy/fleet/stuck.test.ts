/** Guests that never come back: the thread is replaced, the plugin blamed, the others serve on. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PluginBinding } from "../../../runtime/config/snapshot.ts";
import { isHeddleError } from "../../../runtime/errors.ts";
import type { CompiledPlugin } from "../../../runtime/wasm/plugin.ts";
import { LISTENER, plugin, rule, snapshot } from "../fixture.ts";
import { backend, Caller, type Crew, callers, startCrew } from "./crew.ts";
import { idler, noKeySets, spinner, spinningStarter, startable } from "./spinner.ts";

type Policy = PluginBinding["failurePolicy"];

async function crewWith(t: Parameters<typeof startCrew>[0], workers: number, failurePolicy: Policy) {
  const given = snapshot({
    clusters: { "test/app:80": [await backend(t)] },
    rules: [rule({ plugins: ["spinner"] })],
    plugins: [plugin("spinner", { failurePolicy })],
  });
  const crew = await startCrew(t, workers, given);
  const keepPrevious = failurePolicy === "previous";
  const serve = async (plugin: CompiledPlugin, version: string) =>
    (await crew.fleet.host.start({ ...startable(plugin, "spinner", version), keepPrevious }, noKeySets())).commit();
  if (keepPrevious) await serve(await idler(), "0.9.0");
  await serve(await spinner(), "1.0.0");
  return { ...crew, port: crew.fleet.address(LISTENER).port };
}

const SPIN = "x-spin: 1\r\n";

/** Milliseconds in which a stuck thread is found, and in which another serves in its place. */
const PROMISED = { found: 250, replaced: 1_000 };
/** What a machine may be slower that does other things as well: what is promised is held against a fake clock elsewhere. */
const BUSY = 10;

/** Callers, by a call of theirs that shows that both threads have some. */
async function callersOf(t: Parameters<typeof startCrew>[0], port: number, number: number): Promise<Caller[]> {
  const made = callers(t, port, number);
  for (const caller of made) assert.equal(await caller.ask(), 200);
  return made;
}

test("a thread that a plugin keeps is found and replaced; requests to the other one go on", async (t) => {
  const { fleet, event, port } = await crewWith(t, 2, "closed");
  const made = await callersOf(t, port, 32);
  const stuck = new Caller(port).ask(SPIN);
  /** Those of the thread that serves on; the others wait, then lose their connections. */
  const alive = new Set<Caller>();
  await Promise.all(
    made.map(async (caller) => {
      while (fleet.metrics().match(/^heddle_worker_restarts_total/m) === null) {
        if ((await caller.ask()) !== 200) break;
        alive.add(caller);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }),
  );
  assert.equal(await stuck, 0);
  const [lost, back] = [await event(/worker stuck/), await event(/worker serves/)];
  const silent = Number(lost.details.silent);
  assert.equal(lost.details.plugin, "spinner");
  assert.ok(silent <= BUSY * PROMISED.found, `found after ${silent} ms`);
  assert.ok(back.at - lost.at <= BUSY * PROMISED.replaced, `replaced after ${back.at - lost.at} ms`);
  t.diagnostic(`found after ${silent} ms, replaced ${(back.at - lost.at).toFixed(0)} ms later`);
  // Only the next request tells that a connection is lost: who was answered right before the thread got stuck has not seen it.
  const statuses = await Promise.all(made.map((caller) => caller.ask()));
  const served = made.filter((_, index) => statuses[index] === 200);
  assert.deepEqual(new Set(statuses), new Set([0, 200]));
  assert.ok(served.every((caller) => alive.has(caller)));
  const metrics = fleet.metrics();
  assert.match(metrics, /^heddle_worker_restarts_total\{reason="stuck"\} 1$/m);
  assert.match(metrics, /^heddle_plugin_faults_total\{plugin="spinner",code="STUCK"\} 1$/m);
  assert.match(metrics, /^heddle_workers 2$/m);
  await callersOf(t, port, 32);
  assert.match(fleet.metrics(), /^heddle_requests_total\{.*code="200".*\} [1-9]/m);
});

test("one worker alone: it is replaced, and counts do not go back", async (t) => {
  const { fleet, event, port } = await crewWith(t, 1, "closed");
  await callersOf(t, port, 3);
  const count = () => Number(/^heddle_requests_total\{.*code="200".*\} (\d+)$/m.exec(fleet.metrics())?.[1]);
  await reached(count, 3);
  const before = count();
  assert.equal(await new Caller(port).ask(SPIN), 0);
  await event(/worker serves/);
  assert.equal(count(), before);
  await callersOf(t, port, 2);
  await reached(count, before + 2);
  assert.equal(count(), before + 2);
});

test("a plugin that keeps threads again and again is quarantined: its failure policy decides, until another version comes", async (t) => {
  const crew = await crewWith(t, 2, "open");
  await spinUntilQuarantined(crew, crew.port);
  const [view] = await crew.fleet.plugins();
  assert.deepEqual([view?.loaded, view?.quarantine?.code], [true, "PLUGIN_STUCK"]);
  assert.equal(view?.quarantine?.consequence, "requests go on without it");
  assert.match(crew.fleet.metrics(), /^heddle_plugin_faults_total\{plugin="spinner",code="STUCK"\} 3$/m);
  for (let i = 0; i < 8; i += 1) assert.equal(await answered(crew.port), 200, "open: it is passed over");
  // Not before: on a machine with more to do, those that come for the last two may both still be starting.
  assert.equal(crew.fleet.ready(), true);
  assert.match(crew.fleet.metrics(), /^heddle_plugin_faults_total\{plugin="spinner",code="STUCK"\} 3$/m);
  await (await crew.fleet.host.start(startable(await idler(), "spinner", "2.0.0"), noKeySets())).commit();
  const [next] = await crew.fleet.plugins();
  assert.deepEqual([next?.loaded, next?.quarantined, next?.version], [true, false, "2.0.0"]);
});

test("previous: threads that came after others were lost go back to the version before as well", async (t) => {
  const crew = await crewWith(t, 2, "previous");
  await spinUntilQuarantined(crew, crew.port);
  const [view] = await crew.fleet.plugins();
  assert.deepEqual([view?.version, view?.quarantine?.code], ["0.9.0", "PLUGIN_STUCK"]);
  const told = crew.events.filter(({ message }) => message === "plugin quarantined");
  assert.deepEqual(
    told.map(({ details }) => details.fate),
    ["the version before it serves"],
  );
  for (let i = 0; i < 8; i += 1) assert.equal(await answered(crew.port), 200);
  assert.match(crew.fleet.metrics(), /^heddle_plugin_faults_total\{plugin="spinner",code="STUCK"\} 3$/m);
});

/** An exchange is counted right after its response has gone out. */
async function reached(count: () => number, least: number): Promise<void> {
  while (!(count() >= least)) await new Promise((resolve) => setImmediate(resolve));
}

/** The system gives connections to a thread that is being ended as long as its socket is there. */
async function answered(port: number): Promise<number> {
  for (;;) {
    const status = await new Caller(port).ask(SPIN);
    if (status !== 0) return status;
  }
}

async function spinUntilQuarantined({ events }: Crew, port: number): Promise<void> {
  while (!events.some(({ message }) => message === "plugin quarantined")) await new Caller(port).ask(SPIN);
}

test("a version that never comes back from its start is refused; no thread that serves has met it", async (t) => {
  const { fleet, port } = await crewWith(t, 1, "closed");
  const made = await callersOf(t, port, 4);
  const bad = startable(await spinningStarter(), "spinner", "2.0.0");
  const refused = assert.rejects(
    fleet.host.start(bad, noKeySets()),
    (error) => isHeddleError(error) && error.code === "START_FAILED" && /within 3000 ms/.test(error.message),
  );
  const good = await fleet.host.start(startable(await idler(), "other"), noKeySets());
  await good.commit();
  await refused;
  for (const caller of made) assert.equal(await caller.ask(), 200);
  assert.equal((await fleet.plugins())[0]?.version, "1.0.0");
  assert.doesNotMatch(fleet.metrics(), /^heddle_worker_restarts_total/m);
});

test("before anything is served, a plugin that never comes back from its start is refused as well", async (t) => {
  const { fleet, event } = await startCrew(t, 2);
  const bad = startable(await spinningStarter(), "spinner");
  await assert.rejects(
    fleet.host.start(bad, noKeySets()),
    (error) => isHeddleError(error) && error.code === "START_FAILED",
  );
  await event(/worker serves/);
  assert.match(fleet.metrics(), /^heddle_worker_restarts_total\{reason="stuck"\} 1$/m);
  const good = await fleet.host.start(startable(await idler(), "spinner"), noKeySets());
  await good.commit();
});
