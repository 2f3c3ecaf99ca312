import { createGeneration, type Generation } from "../runtime/wasm/generation.ts";
import { type CompileOptions, compilePlugin } from "../runtime/wasm/plugin.ts";
import type { FilterCase } from "./filter-cases.ts";

/** Starts a filter for its case. */
export async function startFilter(
  component: Uint8Array,
  { name, config, services }: FilterCase,
  how: Pick<CompileOptions, "binding" | "metered">,
  sensitiveHeaders: readonly string[] | undefined,
): Promise<Generation> {
  const plugin = await compilePlugin(component, how);
  const named = { name, version: "1.0.0", config, services, sensitiveHeaders };
  return createGeneration({ plugin, ...named, grants: plugin.capabilities });
}

/** Requests that are made before a batch is timed: a filter sees each of them once. */
const BATCH = 1000;

/** Nanoseconds of this thread's CPU time. Some kernels count it in ticks of milliseconds. */
export function cpuClock(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds of time. */
export function wallClock(): number {
  return performance.now() * 1e6;
}

/** Nanoseconds per call by a clock, over a number of milliseconds of calls. */
export function perCall(
  generation: Generation,
  { name, exchange, expect }: FilterCase,
  milliseconds: number,
  clock: () => number,
): number {
  let calls = 0;
  let spent = 0;
  while (spent < milliseconds * 1e6) {
    const exchanges = Array.from({ length: BATCH }, exchange);
    const began = clock();
    for (const one of exchanges) {
      const verdict = generation.onRequest(one);
      if (verdict.kind !== expect) throw new Error(`${name}: expected ${expect}, got ${JSON.stringify(verdict)}`);
    }
    spent += clock() - began;
    calls += BATCH;
  }
  return spent / calls;
}
