import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPlugin } from "../runtime/build/build-plugin.ts";
import { createGeneration, type Generation } from "../runtime/wasm/generation.ts";
import { type Binding, compilePlugin } from "../runtime/wasm/plugin.ts";
import type { Bench } from "./bench.ts";
import { cases, type FilterCase } from "./filter-cases.ts";
import { printShows } from "./shows.ts";
import { formatSpread, type Spread, spreadOf } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";

export const help = `CPU time per filter call, directly and through jco's glue of the same component. headers60 adds, reads and removes twenty
fields: what Alibaba Cloud published 0.21 ms for, as AssemblyScript on Envoy.

  --only NAME,NAME   these filters
  --quick            seconds instead of a minute`;

/**
 * Nanoseconds of CPU time per filter call through the direct binding, and for the same component through jco's glue. Rounds of both
 * alternate, and the median of the rounds counts. `jco/direct` is the ratio of the empty filter and of three host calls,
 * whichever is smaller: what a call costs, without the filter's own work.
 */
export const run: Bench["run"] = async ({ quick, args }) => {
  const { values } = parseArgs({ args: [...args], options: { only: { type: "string" } } });
  const only = values.only?.split(",");
  const all = cases();
  const wrong = only?.find((name) => all.every((one) => one.name !== name));
  if (wrong !== undefined) {
    throw new Error(`--only: expected some of ${all.map(({ name }) => name).join(", ")}, got "${wrong}"`);
  }
  const results: Measured[] = [];
  for (const one of all.filter(({ name }) => only?.includes(name) ?? true))
    results.push(await measure(one, { rounds: quick ? 3 : 21, milliseconds: quick ? 20 : 100 }));
  const ratio = ({ direct, jco }: Measured): number => Math.round((jco.median / direct.median) * 10) / 10;
  printTable([
    ["filter call", "direct ns", "jco ns", "jco/direct"],
    ...results.map((one) => [one.name, formatSpread(one.direct, 0), formatSpread(one.jco, 0), ratio(one).toFixed(1)]),
  ]);
  const ns = Object.fromEntries(results.map(({ name, direct }) => [name, Math.round(direct.median * 10) / 10]));
  const calls = results.filter(({ name }) => name === "empty" || name === "host3").map(ratio);
  const each = Object.fromEntries(results.map((one) => [one.name, ratio(one)]));
  printShows("filter", { host3: (ns.host3 ?? Number.NaN) / 1000, headers60: (ns.headers60 ?? Number.NaN) / 1000 });
  printResult({ bench: "filter", ns, ratios: { "jco/direct": Math.min(...calls), ...each } });
};

interface Measured {
  readonly name: string;
  readonly direct: Spread;
  readonly jco: Spread;
}

interface Rounds {
  readonly rounds: number;
  /** Of each binding in each round. */
  readonly milliseconds: number;
}

async function measure(one: FilterCase, { rounds, milliseconds }: Rounds): Promise<Measured> {
  const { component, manifest } = await buildPlugin({ folder: join(import.meta.dirname, "..", one.folder) });
  const direct = await start(component, one, "direct", manifest.sensitiveHeaders);
  const jco = await start(component, one, "jco", manifest.sensitiveHeaders);
  const times = { direct: [] as number[], jco: [] as number[] };
  for (let round = -2; round < rounds; round++) {
    const first = perCall(direct, one, milliseconds);
    const second = perCall(jco, one, milliseconds);
    if (round < 0) continue;
    times.direct.push(first);
    times.jco.push(second);
  }
  const none = { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  return { name: one.name, direct: spreadOf(times.direct) ?? none, jco: spreadOf(times.jco) ?? none };
}

async function start(
  component: Uint8Array,
  { name, config, services }: FilterCase,
  binding: Binding,
  sensitiveHeaders: readonly string[] | undefined,
): Promise<Generation> {
  const plugin = await compilePlugin(component, { binding });
  const named = { name, version: "1.0.0", config, services, sensitiveHeaders };
  return createGeneration({ plugin, ...named, grants: plugin.capabilities });
}

/** Requests that are made before a batch is timed: a filter sees each of them once. */
const BATCH = 1000;

/** Nanoseconds of this thread's CPU time per call, over a number of milliseconds of calls. */
function perCall(generation: Generation, { name, exchange, expect }: FilterCase, milliseconds: number): number {
  let calls = 0;
  let spent = 0;
  while (spent < milliseconds * 1e6) {
    const exchanges = Array.from({ length: BATCH }, exchange);
    const began = process.threadCpuUsage();
    for (const one of exchanges) {
      const verdict = generation.onRequest(one);
      if (verdict.kind !== expect) throw new Error(`${name}: expected ${expect}, got ${JSON.stringify(verdict)}`);
    }
    const { user, system } = process.threadCpuUsage(began);
    spent += (user + system) * 1000;
    calls += BATCH;
  }
  return spent / calls;
}
