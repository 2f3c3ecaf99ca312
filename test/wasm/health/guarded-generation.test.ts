/** A guest that traps when it is asked to, under the guard that the host puts around it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ManualClock, manualClock } from "../../../runtime/telemetry/clock.ts";
import { createGeneration, type Generation } from "../../../runtime/wasm/generation.ts";
import { GuardedGeneration, type GuardOptions } from "../../../runtime/wasm/health/guarded-generation.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { NEXT, type Settle, type Verdict } from "../../../runtime/wasm/verdict.ts";
import { guest } from "../guests.ts";
import { testExchange, testServices } from "../surroundings.ts";

interface Guarded {
  readonly clock: ManualClock;
  readonly guard: GuardedGeneration;
  readonly told: string[];
  /** Runs `on-request`; with a fault it traps. */
  ask(fault?: boolean): string;
}

const plugin = guest("probe").then(({ component }) => compilePlugin(component));

async function probe(): Promise<Generation> {
  const found = await plugin;
  const { capabilities: grants } = found;
  return createGeneration({ ...{ plugin: found, grants, services: testServices() }, ...named, config: "{}" });
}

const named = { name: "probe", version: "1.0.0" };

function guardOf(inner: Generation, options: Partial<GuardOptions> = {}): Guarded {
  const clock = manualClock();
  const told: string[] = [];
  const guard = new GuardedGeneration(inner, {
    ...{ clock, random: () => 0.5 },
    onQuarantine: ({ code, wait, level }) => void told.push(`${code} ${wait} ms, level ${level}`),
    onRelease: () => void told.push("released"),
    ...options,
  });
  const ask = (fault = false) => {
    const verdict = guard.onRequest(testExchange(fault ? [["op", "assert"]] : []));
    return verdict.kind === "fault" ? verdict.code : verdict.kind;
  };
  return { clock, guard, told, ask };
}

test("after five traps hooks are refused at once, without an instance, and one trial decides", async () => {
  const inner = await probe();
  const { clock, guard, told, ask } = guardOf(inner);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => ask(true)),
    Array(5).fill("GUEST_TRAP"),
  );
  assert.deepEqual(told, ["GUEST_TRAP 1000 ms, level 1"]);
  assert.equal(guard.quarantine?.version, "1.0.0");
  for (let i = 0; i < 100; i += 1) assert.equal(ask(true), "PLUGIN_QUARANTINED");
  assert.equal(inner.traps, 5);
  clock.advance(1_000);
  assert.equal(ask(true), "GUEST_TRAP");
  assert.equal(ask(), "PLUGIN_QUARANTINED");
  clock.advance(2_000);
  assert.equal(ask(), "next");
  assert.equal(guard.quarantine, undefined);
  assert.deepEqual(told, ["GUEST_TRAP 1000 ms, level 1", "GUEST_TRAP 2000 ms, level 2", "released"]);
  assert.equal(ask(), "next");
});

test("the refusal names the last fault; the end of an exchange is not logged meanwhile", async () => {
  const { guard, ask } = guardOf(await probe());
  for (let i = 0; i < 5; i += 1) ask(true);
  const verdict = guard.onRequest(testExchange());
  assert.match(verdict.kind === "fault" ? verdict.detail : "", /the last GUEST_TRAP: the probe was asked to fail/);
  assert.equal(guard.onResponse(testExchange()).kind, "fault");
  assert.equal(guard.onLog(testExchange()).kind, "next");
});

test("a quarantine from elsewhere holds as one of its own, and tells nobody", async () => {
  const { clock, guard, told, ask } = guardOf(await probe());
  const there = { version: "1.0.0", code: "PLUGIN_STUCK", detail: "there", wait: 5_000, level: 3, since: 0 } as const;
  guard.isolate(there);
  assert.equal(ask(), "PLUGIN_QUARANTINED");
  assert.equal(guard.quarantine, there);
  assert.deepEqual(told, []);
  clock.advance(5_000);
  assert.equal(ask(true), "GUEST_TRAP");
  assert.deepEqual(told, ["GUEST_TRAP 8000 ms, level 4"]);
});

test("a plugin beyond its share is shed for the rest of the second, and counted", async () => {
  const inner = await probe();
  let fuelUsed = 0;
  const burning: Generation = Object.defineProperty({ ...inner, onRequest: burn }, "fuelUsed", { get: () => fuelUsed });
  function burn(): Verdict {
    fuelUsed += 100;
    guarded.clock.advance(5);
    return NEXT;
  }
  const guarded = guardOf(burning, { share: { share: 0.1, slowest: 10 } });
  const { clock, guard, ask } = guarded;
  for (let i = 0; i < 20; i += 1) assert.equal(ask(), "next", "20 hooks of 5 ms are a tenth of a second");
  while (ask() === "next") assert.ok(fuelUsed <= 2_900, "the fuel is looked at every few hooks");
  assert.equal(ask(), "PLUGIN_SHED");
  assert.equal(guard.shed, 2);
  clock.advance(1_000);
  assert.equal(ask(), "next");
  assert.equal(guard.quarantine, undefined);
});

test("what no exchange waits for counts as well, and is not run in quarantine", async () => {
  const { clock, guard, told } = guardOf(await probe());
  const trap = () => guard.run(() => TRAP).kind;
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(trap), [...Array(5).fill("fault"), "next"]);
  assert.deepEqual(told, ["GUEST_TRAP 1000 ms, level 1"]);
  clock.advance(1_000);
  assert.equal(
    guard.run(() => NEXT),
    NEXT,
  );
  assert.equal(guard.quarantine, undefined);
});

test("what had to run counts, and has no say in how a quarantine ends", async () => {
  const { guard, told, ask } = guardOf(await probe());
  for (let i = 0; i < 5; i += 1) guard.count("proxy_on_http_call_response", TRAP);
  assert.deepEqual(told, ["GUEST_TRAP 1000 ms, level 1"]);
  guard.count("proxy_on_http_call_response", NEXT);
  guard.count("proxy_on_http_call_response", TRAP);
  assert.equal(ask(), "PLUGIN_QUARANTINED");
  assert.deepEqual(told, ["GUEST_TRAP 1000 ms, level 1"]);
});

test("a hook that uses up its time twice in a row is one too many; others in between are none", async () => {
  const inner = await probe();
  const spent: Verdict = { kind: "fault", code: "FUEL_EXHAUSTED", detail: "spent" };
  let next: Verdict = spent;
  const { guard, told, ask } = guardOf(Object.assign(inner, { onRequest: () => next }));
  assert.equal(ask(), "FUEL_EXHAUSTED");
  guard.onResponse(testExchange());
  next = NEXT;
  for (let i = 0; i < 20; i += 1) assert.equal(ask(), "next");
  next = spent;
  assert.deepEqual([ask(), ask(), ask()], ["FUEL_EXHAUSTED", "FUEL_EXHAUSTED", "PLUGIN_QUARANTINED"]);
  assert.deepEqual(told, ["FUEL_EXHAUSTED 1000 ms, level 1"]);
});

test("a generation that was closed is not quarantined for it", async () => {
  const { guard, told, ask } = guardOf(await probe());
  guard.close();
  for (let i = 0; i < 10; i += 1) assert.equal(ask(), "START_FAILED");
  assert.deepEqual(told, []);
});

/** A generation whose hook waits until it is told what it decided. */
async function waiting() {
  const settles: ((verdict: Verdict) => void)[] = [];
  const settle: Settle = (listener) => void settles.push(listener);
  return { settles, inner: { ...(await probe()), onRequest: (): Verdict => ({ kind: "wait", settle }) } };
}

const TRAP: Verdict = { kind: "fault", code: "GUEST_TRAP", detail: "late" };

function settleNext(
  { guard }: Guarded,
  settles: ((verdict: Verdict) => void)[],
  verdict: Verdict,
): Verdict | undefined {
  let heard: Verdict | undefined;
  const given = guard.onRequest(testExchange());
  if (given.kind !== "wait") return given;
  given.settle((told) => {
    heard = told;
  });
  settles.pop()?.(verdict);
  return heard;
}

test("what a hook decides after it has waited counts as well", async () => {
  const { settles, inner } = await waiting();
  const guarded = guardOf(inner);
  for (let i = 0; i < 5; i += 1) assert.equal(settleNext(guarded, settles, TRAP), TRAP);
  assert.deepEqual(guarded.told, ["GUEST_TRAP 1000 ms, level 1"]);
  guarded.clock.advance(1_000);
  settleNext(guarded, settles, { kind: "next" });
  assert.deepEqual(guarded.told, ["GUEST_TRAP 1000 ms, level 1", "released"]);
});

test("what waited since before a quarantine does not end it", async () => {
  const { settles, inner } = await waiting();
  const guarded = guardOf(inner);
  const early = guarded.guard.onRequest(testExchange());
  assert.equal(early.kind, "wait");
  if (early.kind === "wait") early.settle(() => {});
  const [first] = settles.splice(0, 1);
  for (let i = 0; i < 5; i += 1) settleNext(guarded, settles, TRAP);
  first?.({ kind: "next" });
  assert.notEqual(guarded.guard.quarantine, undefined);
});
