/** Prometheus metrics whose cost per request is a map lookup and an addition. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  histogram(name: string, help: string, labels?: readonly string[], buckets?: readonly number[]): Histogram;
  /** Called before each exposition, to bring gauges up to date. */
  collect(update: () => void): void;
  /** Text format 0.0.4. */
  expose(): string;
}

export interface Counter {
  add(by: number, ...labels: readonly string[]): void;
}

export interface Gauge {
  set(value: number, ...labels: readonly string[]): void;
  /** Forgets every series, before a collector writes those that still exist. */
  reset(): void;
}

export interface Histogram {
  observe(value: number, ...labels: readonly string[]): void;
}

/** Seconds, from a millisecond to a minute. */
export const DURATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Series of one metric; more of them are counted under the label value `other`. */
const MAX_SERIES = 2_000;

interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
  readonly series: Map<string, Series>;
}

interface Series {
  readonly labels: readonly string[];
  value: number;
  /** Of a histogram: observations per bucket, the last one without a bound. */
  readonly counts: number[];
}

export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const collectors: (() => void)[] = [];
  const family = (name: string, made: Omit<Family, "series">): Family => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const created = { ...made, series: new Map<string, Series>() };
    families.set(name, created);
    return created;
  };
  return {
    counter(name, help, labels = []) {
      const of = family(name, { type: "counter", help, labels, buckets: [] });
      return {
        add(by, ...values) {
          seriesOf(of, values).value += by;
        },
      };
    },
    gauge(name, help, labels = []) {
      const of = family(name, { type: "gauge", help, labels, buckets: [] });
      return {
        set(value, ...values) {
          seriesOf(of, values).value = value;
        },
        reset: () => of.series.clear(),
      };
    },
    histogram(name, help, labels = [], buckets = DURATION_BUCKETS) {
      const of = family(name, { type: "histogram", help, labels, buckets });
      return { observe: (value, ...values) => observe(of, seriesOf(of, values), value) };
    },
    collect(update) {
      collectors.push(update);
    },
    expose() {
      for (const update of collectors) update();
      return [...families].map(([name, each]) => exposeFamily(name, each)).join("");
    },
  };
}

function seriesOf(family: Family, values: readonly string[]): Series {
  const key = values.length === 1 ? (values[0] as string) : values.join("\u0000");
  const known = family.series.get(key);
  if (known !== undefined) return known;
  if (family.series.size >= MAX_SERIES && values[0] !== "other") {
    return seriesOf(
      family,
      family.labels.map(() => "other"),
    );
  }
  const created: Series = { labels: [...values], value: 0, counts: new Array(family.buckets.length + 1).fill(0) };
  family.series.set(key, created);
  return created;
}

function observe(family: Family, series: Series, value: number): void {
  let bucket = 0;
  while (bucket < family.buckets.length && value > (family.buckets[bucket] as number)) bucket += 1;
  series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  series.value += value;
}

function exposeFamily(name: string, family: Family): string {
  const lines = [`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`];
  for (const series of family.series.values()) {
    const labels = family.labels.map((label, at) => `${label}="${escapeLabel(series.labels[at] ?? "")}"`);
    if (family.type === "histogram") lines.push(...exposeHistogram(name, family, series, labels));
    else lines.push(`${name}${braces(labels)} ${series.value}`);
  }
  return `${lines.join("\n")}\n`;
}

function exposeHistogram(name: string, family: Family, series: Series, labels: readonly string[]): string[] {
  const lines: string[] = [];
  let total = 0;
  for (const [at, bound] of [...family.buckets.map(String), "+Inf"].entries()) {
    total += series.counts[at] ?? 0;
    lines.push(`${name}_bucket${braces([...labels, `le="${bound}"`])} ${total}`);
  }
  return [...lines, `${name}_sum${braces(labels)} ${series.value}`, `${name}_count${braces(labels)} ${total}`];
}

function braces(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}
