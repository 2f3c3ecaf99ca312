import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fieldList } from "../../runtime/http/fields.ts";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { guest } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const CALLS = 2_000;

/** Bytes of heap that a call takes, at best: what else runs in the process only ever adds. */
function bytesPerCall(call: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 30; round++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i++) call();
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / CALLS);
  }
  return least;
}

/** A hook of a guest, over and over on one exchange, and at most so many bytes a call. */
const CASES: readonly [name: string, bytes: number][] = [
  ["empty", 2],
  // The budget of its edits, and what the list of fields takes for one more.
  ["host3", 176],
];

for (const [name, bytes] of CASES) {
  test(`the host allocates next to nothing for a hook: ${name}`, async () => {
    const plugin = await compilePlugin((await guest(name)).component);
    const options = { plugin, name, version: "1.0.0", config: "{}", grants: plugin.capabilities };
    const generation = await createGeneration({ ...options, services: testServices() });
    const exchange = testExchange();
    const raw = ["x-tenant", "acme", "x-shop-tenant", ""];
    const request = { ...exchange.request, fields: fieldList(raw) };
    const reused = { ...exchange, request };
    const call = (): void => {
      reused.usage = undefined;
      generation.onRequest(reused);
    };
    const measured = bytesPerCall(call);
    assert.ok(measured <= bytes, `expected at most ${bytes} bytes a call, got ${measured}`);
    assert.equal(generation.traps, 0);
  });
}
