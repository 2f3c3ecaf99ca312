import type { Place } from "./metric-cells.ts";

/** What is known of a metric before anything is measured. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram. */
  readonly buckets: readonly number[];
  /** What a gauge of several threads is: all of them together, or the highest. */
  readonly across: "sum" | "max";
}

/**
 * A metric of one thread, or a series of it and where its numbers are. Plain data; a clone of it shares the memory. Another
 * series at the same place replaces the one before. A gauge's NaN is no value. A histogram's cells: its sum, then each
 * bucket's count.
 */
export interface MetricNotice {
  readonly family: Family;
  readonly series?: { readonly labels: readonly string[]; readonly place: Place };
}

/** The metrics of several threads as one: read from their memory, without asking them. */
export interface MetricPool {
  /** A thread that measures. */
  join(): MetricMember;
  /** Prometheus' text format 0.0.4. */
  expose(): string;
}

export interface MetricMember {
  take(notice: MetricNotice): void;
  /** The thread is gone: what it counted stays counted, what it gauged is gone. */
  leave(): void;
}

interface Part {
  readonly place: Place;
  readonly series: Series;
}

interface Series {
  readonly labels: readonly string[];
  readonly parts: Set<Part>;
  /** What threads counted that are gone. */
  readonly past: Float64Array;
}

interface Member {
  /** By block and position. */
  readonly parts: Map<string, Part>;
}

interface Kept {
  readonly family: Family;
  readonly series: Map<string, Series>;
}

export function createMetricPool(): MetricPool {
  const families = new Map<string, Kept>();
  return {
    join() {
      const member: Member = { parts: new Map() };
      return { take: (notice) => take(families, member, notice), leave: () => leave(member) };
    },
    expose: () => [...families.values()].map(exposeFamily).join(""),
  };
}

function take(families: Map<string, Kept>, member: Member, { family, series }: MetricNotice): void {
  const kept = families.get(family.name) ?? { family, series: new Map<string, Series>() };
  families.set(family.name, kept);
  // Guests name metrics, and two threads may have heard of another kind first.
  if (series !== undefined && kept.family.type === family.type) takeSeries(kept, member, series);
}

function takeSeries(kept: Kept, member: Member, { labels, place }: NonNullable<MetricNotice["series"]>): void {
  const name = labels.join("\u0000");
  const past = new Float64Array(cellsOf(kept.family));
  const series = kept.series.get(name) ?? { labels, parts: new Set<Part>(), past };
  kept.series.set(name, series);
  const spot = `${place.block} ${place.at}`;
  const before = member.parts.get(spot);
  before?.series.parts.delete(before);
  const part = { place, series };
  member.parts.set(spot, part);
  series.parts.add(part);
}

function leave(member: Member): void {
  for (const part of member.parts.values()) {
    const { series, place } = part;
    series.parts.delete(part);
    for (let at = 0; at < series.past.length; at += 1)
      series.past[at] = (series.past[at] as number) + (place.cells[place.at + at] as number);
  }
  member.parts.clear();
}

/** How many numbers a series of the family is. */
export function cellsOf({ type, buckets }: Family): number {
  return type === "histogram" ? buckets.length + 2 : 1;
}

function exposeFamily({ family, series }: Kept): string {
  const { name, type, help } = family;
  const lines = [...series.values()].flatMap((each) => exposeSeries(family, each));
  return `${[`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n")}\n`;
}

function exposeSeries(family: Family, series: Series): string[] {
  const labels = family.labels.map((label, at) => `${label}="${escapeLabel(series.labels[at] ?? "")}"`);
  if (family.type === "histogram") return exposeHistogram(family, series, labels);
  const value = family.type === "gauge" ? gaugeOf(family, series) : total(series, 0);
  return Number.isNaN(value) ? [] : [`${family.name}${braces(labels)} ${value}`];
}

function exposeHistogram({ name, buckets }: Family, series: Series, labels: readonly string[]): string[] {
  const lines: string[] = [];
  let count = 0;
  for (const [at, bound] of [...buckets.map(String), "+Inf"].entries()) {
    count += total(series, at + 1);
    lines.push(`${name}_bucket${braces([...labels, `le="${bound}"`])} ${count}`);
  }
  return [...lines, `${name}_sum${braces(labels)} ${total(series, 0)}`, `${name}_count${braces(labels)} ${count}`];
}

function total({ past, parts }: Series, at: number): number {
  let sum = past[at] ?? 0;
  for (const { place } of parts) sum += place.cells[place.at + at] ?? 0;
  return sum;
}

/** NaN when no thread has a value. */
function gaugeOf({ across }: Family, { parts }: Series): number {
  const values = [...parts].map(({ place }) => place.cells[place.at] as number).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return Number.NaN;
  return across === "max" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
}

function braces(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}
