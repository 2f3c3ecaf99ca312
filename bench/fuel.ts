import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPlugin } from "../runtime/build/build-plugin.ts";
import type { Bench } from "./bench.ts";
import { perCall, startFilter, wallClock } from "./filter-calls.ts";
import { cases, type FilterCase } from "./filter-cases.ts";
import { formatSpread, rounded, type Spread, spreadOf } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";

export const help = `What the metering of fuel costs: time per filter call of every built-in plugin, the same component compiled with and
without it. Rounds of both alternate; the median of the rounds' ratios counts.

  --only NAME,NAME   these filters
  --quick            seconds instead of a minute`;

interface Measured {
  readonly name: string;
  readonly plain: Spread | undefined;
  readonly metered: Spread | undefined;
  readonly overhead: Spread | undefined;
}

export const run: Bench["run"] = async ({ quick, args }) => {
  const { values } = parseArgs({ args: [...args], options: { only: { type: "string" } } });
  const only = values.only?.split(",");
  const plugins = cases().filter(({ folder, name }) => folder.startsWith("plugins/") && (only?.includes(name) ?? true));
  if (plugins.length === 0) throw new Error(`--only: expected names of built-in plugins, got "${values.only}"`);
  const results: Measured[] = [];
  for (const one of plugins) results.push(await measure(one, quick ? 5 : 41, quick ? 20 : 60));
  printTable([
    ["filter call", "plain ns", "metered ns", "metered/plain"],
    ...results.map(({ name, plain, metered, overhead }) => [
      name,
      formatSpread(plain, 0),
      formatSpread(metered, 0),
      formatSpread(overhead),
    ]),
  ]);
  const overhead = Object.fromEntries(results.map(({ name, overhead }) => [name, rounded(overhead)]));
  printResult({ bench: "fuel", overhead });
};

/** The order within a round alternates too: whoever comes second finds warmer caches. */
async function measure(one: FilterCase, rounds: number, milliseconds: number): Promise<Measured> {
  const { component, manifest } = await buildPlugin({ folder: join(import.meta.dirname, "..", one.folder) });
  const start = (metered: boolean) =>
    startFilter(component, one, { binding: "direct", metered }, manifest.sensitiveHeaders);
  const [plain, metered] = [await start(false), await start(true)];
  const times = { plain: [] as number[], metered: [] as number[], ratio: [] as number[] };
  for (let round = -3; round < rounds; round++) {
    const early = round % 2 === 0 ? perCall(metered, one, milliseconds, wallClock) : undefined;
    const bare = perCall(plain, one, milliseconds, wallClock);
    const paid = early ?? perCall(metered, one, milliseconds, wallClock);
    if (round < 0) continue;
    times.plain.push(bare);
    times.metered.push(paid);
    times.ratio.push(paid / bare);
  }
  return {
    name: one.name,
    plain: spreadOf(times.plain),
    metered: spreadOf(times.metered),
    overhead: spreadOf(times.ratio),
  };
}
