import { formatSpread, rounded, spreadOf } from "./statistics.ts";
import { cpuPerRequest, dirt, type Limits, type Reading, ratioOf, requestsPerSecond, type Triple } from "./triples.ts";

/** What the kept triples say about one server. */
interface Line {
  readonly name: string;
  readonly readings: readonly Reading[];
  /** CPU per request over that of the reference, one for each triple; empty for the reference itself. */
  readonly ratios: readonly number[];
}

export interface Summary {
  readonly kept: number;
  readonly dropped: number;
  /** The reference first. */
  readonly lines: readonly Line[];
}

/** Sorts the clean triples by server. */
export function summarise(triples: readonly Triple[], limits: Limits, reference: string): Summary {
  const kept = triples.filter((triple) => dirt(triple, limits) === undefined);
  const around = kept.flatMap(({ before, after }) => [before, after]);
  const lines = [...new Set(triples.map(({ subject }) => subject))].map((name) => lineOf(name, kept));
  const counts = { kept: kept.length, dropped: triples.length - kept.length };
  return { ...counts, lines: [{ name: reference, readings: [...new Set(around)], ratios: [] }, ...lines] };
}

function lineOf(name: string, kept: readonly Triple[]): Line {
  const own = kept.filter(({ subject }) => subject === name);
  return { name, readings: own.map(({ reading }) => reading), ratios: own.map(ratioOf) };
}

/** For people: medians with the lowest and the highest reading. */
export function summaryRows({ lines }: Summary): string[][] {
  const reference = lines[0]?.name ?? "";
  const rows = lines.map(({ name, readings, ratios }) => [
    name,
    formatSpread(spreadOf(readings.map(cpuPerRequest)), 1),
    formatSpread(spreadOf(readings.map(requestsPerSecond)), 0),
    name === reference ? "1" : formatSpread(spreadOf(ratios)),
    String(readings.length),
  ]);
  return [["", "CPU us/request", "requests/s", `CPU / ${reference}`, "readings"], ...rows];
}

/** For programs: medians, null where no triple was kept. */
export function summaryFigures({ lines, kept, dropped }: Summary) {
  const [reference, ...subjects] = lines;
  const ratios = subjects.map(({ name, ratios }) => [`${name}/${reference?.name}`, rounded(spreadOf(ratios))]);
  const cpu = lines.map(({ name, readings }) => [name, rounded(spreadOf(readings.map(cpuPerRequest)), 1)]);
  const rps = lines.map(({ name, readings }) => [name, rounded(spreadOf(readings.map(requestsPerSecond)), 0)]);
  const figures = { ratios: Object.fromEntries(ratios), rps: Object.fromEntries(rps), cpu: Object.fromEntries(cpu) };
  return { ...figures, kept, dropped };
}
