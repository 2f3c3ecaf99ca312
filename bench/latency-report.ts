import { printShows } from "./shows.ts";
import { formatSpread, rounded, spreadOf } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";
import { dirt, type Limits, type Run, ratioOf, type Triple } from "./triples.ts";

/** What one reading of a server says; times in milliseconds. */
export interface Latency extends Run {
  readonly saturated: boolean;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** p50 of one connection that is alone. */
  readonly alone: number;
}

export const p99 = (reading: Latency): number => reading.p99;

interface Surroundings {
  readonly rate: number;
  readonly missing: readonly string[];
}

/** A table for people, what is promised, and the last line. */
export function printLatencies(
  triples: readonly Triple<Latency>[],
  limits: Limits,
  { rate, missing }: Surroundings,
): void {
  const clean = triples.filter((triple) => dirt(triple, limits, p99) === undefined);
  const references = [...new Set(clean.flatMap(({ before, after }) => [before, after]))];
  const names = [...new Set(triples.map(({ subject }) => subject))];
  const of = (name: string) => clean.filter(({ subject }) => subject === name);
  // Who cannot keep up has no latency, and misses every bound.
  const ratio = (triple: Triple<Latency>, figure: (reading: Latency) => number) =>
    triple.reading.saturated ? Number.POSITIVE_INFINITY : ratioOf(triple, figure);
  const ratios = (name: string, figure: (reading: Latency) => number) =>
    spreadOf(of(name).map((triple) => ratio(triple, figure)));
  printTable([
    ["us", "p50", "p99", "one connection alone, p50", "p99 / nginx", "readings"],
    [...figures("nginx", references), "1", String(references.length)],
    ...names.map((name) => [
      ...figures(
        name,
        of(name).map(({ reading }) => reading),
      ),
      formatSpread(ratios(name, p99)),
      String(of(name).length),
    ]),
    ...missing.map((line) => [line]),
  ]);
  const json = Object.fromEntries(names.map((name) => [`${name}/nginx`, rounded(ratios(name, p99))]));
  const half = Object.fromEntries(names.map((name) => [`${name}/nginx`, rounded(ratios(name, ({ p50 }) => p50))]));
  const alone = Object.fromEntries(names.map((name) => [`${name}/nginx`, rounded(ratios(name, (one) => one.alone))]));
  const counts = { kept: clean.length, dropped: triples.length - clean.length };
  process.stdout.write(`${counts.kept} triples kept, ${counts.dropped} dropped\n`);
  printShows("latency", json);
  printResult({ bench: "latency", ratios: json, p50: half, alone, rate, ...counts, limits });
  if (clean.length === 0) process.exitCode = 1;
}

/** Cells with microseconds. */
function figures(name: string, readings: readonly Latency[]): string[] {
  if (readings.some(({ saturated }) => saturated)) return [name, "cannot keep up", "-", "-"];
  const cell = (figure: (reading: Latency) => number) =>
    formatSpread(spreadOf(readings.map((one) => figure(one) * 1000)), 0);
  return [name, cell(({ p50 }) => p50), cell(p99), cell(({ alone }) => alone)];
}
