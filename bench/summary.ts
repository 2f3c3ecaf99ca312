import { formatSpread, rounded, type Spread, spreadOf } from "./statistics.ts";
import { cpuPerRequest, dirt, type Limits, type Reading, ratioOf, requestsPerSecond, type Triple } from "./triples.ts";

/** What the kept triples say about one server. */
interface Line {
  readonly name: string;
  readonly readings: readonly Reading[];
  /** CPU per request over that of the reference, by round; empty for the reference itself. */
  readonly ratios: ReadonlyMap<number, number>;
}

export interface Summary {
  readonly kept: number;
  readonly dropped: number;
  /** The reference first. */
  readonly lines: readonly Line[];
}

/** Sorts the clean triples by server. */
export function summarise(triples: readonly Triple[], limits: Limits, reference: string): Summary {
  const kept = triples.filter((triple) => dirt(triple, limits, cpuPerRequest) === undefined);
  const around = kept.flatMap(({ before, after }) => [before, after]);
  const lines = [...new Set(triples.map(({ subject }) => subject))].map((name) => lineOf(name, kept));
  const counts = { kept: kept.length, dropped: triples.length - kept.length };
  return { ...counts, lines: [{ name: reference, readings: [...new Set(around)], ratios: new Map() }, ...lines] };
}

function lineOf(name: string, kept: readonly Triple[]): Line {
  const own = kept.filter(({ subject }) => subject === name);
  const ratios = new Map(own.map((triple) => [triple.round, ratioOf(triple, cpuPerRequest)]));
  return { name, readings: own.map(({ reading }) => reading), ratios };
}

/**
 * CPU per request of one server over that of another, both against the reference around them: round by round where both have
 * clean rounds in common, otherwise of all their rounds. Undefined where one has none.
 */
export function ratioBetween({ lines }: Summary, one: string, other: string): Spread | undefined {
  const [above, below] = [one, other].map((name) => lines.find((line) => line.name === name));
  if (above === undefined || below === undefined) return undefined;
  if (below === lines[0]) return spreadOf([...above.ratios.values()]);
  const common = [...above.ratios].flatMap(([round, ratio]) => quotient(ratio, below.ratios.get(round)));
  if (common.length > 0) return spreadOf(common);
  const [a, b] = [above, below].map(({ ratios }) => spreadOf([...ratios.values()]));
  return a && b && { median: a.median / b.median, min: a.min / b.max, max: a.max / b.min };
}

function quotient(ratio: number, by: number | undefined): number[] {
  return by === undefined ? [] : [ratio / by];
}

/** For people: medians with the lowest and the highest reading. */
export function summaryRows({ lines }: Summary): string[][] {
  const reference = lines[0]?.name ?? "";
  const rows = lines.map(({ name, readings, ratios }) => [
    name,
    formatSpread(spreadOf(readings.map(cpuPerRequest)), 1),
    split(readings),
    formatSpread(spreadOf(readings.map(requestsPerSecond)), 0),
    name === reference ? "1" : formatSpread(spreadOf([...ratios.values()])),
    String(readings.length),
  ]);
  return [["", "CPU us/request", "user + kernel", "requests/s", `CPU / ${reference}`, "readings"], ...rows];
}

function split(readings: readonly Reading[]): string {
  const system = spreadOf(readings.map(({ system, requests }) => (system / requests) * 1e6))?.median;
  const user = spreadOf(readings.map(({ cpu, system, requests }) => ((cpu - system) / requests) * 1e6))?.median;
  return system === undefined || user === undefined ? "-" : `${user.toFixed(1)} + ${system.toFixed(1)}`;
}

/** For programs: medians, null where no triple was kept. `pairs` are further ratios, `A/B`; those of servers that were not there are left out. */
export function summaryFigures(summary: Summary, pairs: readonly string[] = []) {
  const { lines, kept, dropped } = summary;
  const [reference, ...subjects] = lines;
  const against = subjects.map(({ name }) => `${name}/${reference?.name}`);
  const known = pairs.filter((pair) => halves(pair).every((name) => lines.some((line) => line.name === name)));
  const ratios = [...new Set([...against, ...known])].map((pair) => [
    pair,
    rounded(ratioBetween(summary, ...halves(pair))),
  ]);
  const cpu = lines.map(({ name, readings }) => [name, rounded(spreadOf(readings.map(cpuPerRequest)), 1)]);
  const rps = lines.map(({ name, readings }) => [name, rounded(spreadOf(readings.map(requestsPerSecond)), 0)]);
  const figures = { ratios: Object.fromEntries(ratios), rps: Object.fromEntries(rps), cpu: Object.fromEntries(cpu) };
  return { ...figures, kept, dropped };
}

/** Names may hold a slash (`@fastify/http-proxy`), ours do not: the first one outside a scope divides. */
function halves(pair: string): [one: string, other: string] {
  const [, one = "", other = ""] = /^((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(pair) ?? [];
  return [one, other];
}
