import { createGeneration } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { testExchange, testServices } from "../wasm/surroundings.ts";
import type { Storm } from "./messages.ts";

/** Traps wanted in a second, and between two turns of the event loop. */
const RATE = 10_000;
const SLICE = 10;

/** Lets a guest trap as fast as it is wanted, every time on a fresh instance. */
export async function stormOf(bytes: Uint8Array, seconds: number): Promise<Storm> {
  const plugin = await compilePlugin(bytes);
  const named = { name: "storm", version: "1.0.0", config: "{}", grants: plugin.capabilities };
  const generation = await createGeneration({ plugin, ...named, services: testServices() });
  const began = performance.now();
  const exchange = testExchange();
  let early = 0;
  let others = 0;
  let asked = 0;
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - began) {
    const until = performance.now() + SLICE;
    while (asked < (elapsed / 1_000) * RATE && performance.now() < until) {
      asked += 1;
      const verdict = generation.onRequest(exchange);
      if (verdict.kind !== "fault" || verdict.code !== "GUEST_TRAP") others += 1;
    }
    if (early === 0 && elapsed > seconds * 100) early = process.memoryUsage.rss();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { traps } = generation;
  generation.close();
  return { traps, others, early, late: process.memoryUsage.rss() };
}
