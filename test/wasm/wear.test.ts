import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import type { PluginLimits } from "../../runtime/wasm/limits.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { coreModule, hook } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

async function start(wat: string, limits: Partial<PluginLimits>): Promise<Generation> {
  const plugin = await compilePlugin(coreModule(wat), { limits });
  const named = { name: "worn", version: "1.0.0", config: "{}", grants: plugin.capabilities, services: testServices() };
  return createGeneration({ plugin, ...named, limits });
}

/** Grows by a page with every hook, and traps when it may not. */
const leak = (memory: string): string =>
  `${memory} ${hook(
    "on-request",
    "(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)) (i32.const 0)",
  )}`;
/** Answers a fault on its second hook. */
const ONCE = `(global $ran (mut i32) (i32.const 0)) ${hook(
  "on-request",
  "(if (global.get $ran) (then unreachable)) (global.set $ran (i32.const 1)) (i32.const 0)",
)}`;

describe("an instance that is worn makes room for another one, which is there already", () => {
  test("after a number of hooks", async () => {
    const generation = await start(ONCE, { hooksPerInstance: 1 });
    for (let i = 0; i < 5; i++) {
      assert.deepEqual(generation.onRequest(testExchange()), { kind: "next" }, `request ${i}`);
      await turn();
    }
    assert.equal(generation.traps, 0);
  });

  test("not before, and not while its successor is not there", async () => {
    const generation = await start(ONCE, { hooksPerInstance: 1 });
    assert.equal(generation.onRequest(testExchange()).kind, "next");
    assert.equal(generation.onRequest(testExchange()).kind, "next");
    assert.equal(generation.onRequest(testExchange()).kind, "fault", "the second one had no successor yet");
  });

  for (const memory of [`(memory (export "memory") 1)`, `(memory (export "mine") 1)`, "(memory 1)"]) {
    test(`at four fifths of its memory: ${memory}`, () => grows(leak(memory)));
  }

  async function grows(wat: string): Promise<void> {
    const generation = await start(wat, { memoryPages: 512 });
    let largest = 0;
    for (let i = 0; i < 2_000; i++) {
      assert.deepEqual(generation.onRequest(testExchange()), { kind: "next" }, `request ${i}`);
      largest = Math.max(largest, generation.memorySize);
      if (i % 100 === 0) await turn();
    }
    assert.equal(generation.traps, 0);
    assert.ok(largest > 65_536 && largest <= 512 * 65_536);
  }
});
