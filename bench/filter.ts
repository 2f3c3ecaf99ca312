import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPlugin } from "../runtime/build/build-plugin.ts";
import type { Bench } from "./bench.ts";
import { cpuClock, perCall, startFilter } from "./filter-calls.ts";
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
  const direct = await startFilter(component, one, { binding: "direct" }, manifest.sensitiveHeaders);
  const jco = await startFilter(component, one, { binding: "jco" }, manifest.sensitiveHeaders);
  const times = { direct: [] as number[], jco: [] as number[] };
  for (let round = -2; round < rounds; round++) {
    const first = perCall(direct, one, milliseconds, cpuClock);
    const second = perCall(jco, one, milliseconds, cpuClock);
    if (round < 0) continue;
    times.direct.push(first);
    times.jco.push(second);
  }
  const none = { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  return { name: one.name, direct: spreadOf(times.direct) ?? none, jco: spreadOf(times.jco) ?? none };
}
