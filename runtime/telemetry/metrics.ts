import { MetricCells, type Place } from "./metric-cells.ts";
import { cellsOf, createMetricPool, type Family, type MetricNotice } from "./metric-pool.ts";

/** Prometheus metrics of one thread. A series that its owner keeps costs an addition; one by its labels, a look-up too. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  /** @param across what the gauges of several threads are together */
  gauge(name: string, help: string, labels?: readonly string[], across?: Family["across"]): Gauge;
  histogram(name: string, help: string, labels?: readonly string[], buckets?: readonly number[]): Histogram;
  /** Called before each exposition, to bring gauges up to date. */
  collect(update: () => void): void;
  /** Brings gauges up to date, for another thread that reads them. */
  refresh(): void;
  /** Text format 0.0.4. */
  expose(): string;
}

export interface Counter {
  add(by: number, ...labels: readonly string[]): void;
  /** The series of these labels, found once for many additions. */
  with(...labels: readonly string[]): CounterSeries;
}

export interface CounterSeries {
  add(by: number): void;
}

export interface Gauge {
  set(value: number, ...labels: readonly string[]): void;
  with(...labels: readonly string[]): GaugeSeries;
  /** Empties every series, before a collector writes those that still exist. */
  reset(): void;
}

export interface GaugeSeries {
  set(value: number): void;
}

export interface Histogram {
  observe(value: number, ...labels: readonly string[]): void;
  /** The series of these labels, found once for many observations. */
  with(...labels: readonly string[]): HistogramSeries;
}

export interface HistogramSeries {
  observe(value: number): void;
}

/** Seconds, from a millisecond to a minute. */
export const DURATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Series of one metric; more of them are counted under the label value `other`. */
const MAX_SERIES = 2_000;

export interface MetricsOptions {
  /** Told of every new series, so that another thread can read it. */
  readonly announce?: (notice: MetricNotice) => void;
}

export function createMetrics({ announce }: MetricsOptions = {}): Metrics {
  const pool = createMetricPool();
  const own = pool.join();
  const cells = new MetricCells();
  const made = new Map<string, Measured>();
  const updates: (() => void)[] = [];
  const tell = (notice: MetricNotice) => {
    own.take(notice);
    announce?.(notice);
  };
  const measured = (family: Family): Measured => {
    const known = made.get(family.name);
    if (known !== undefined) return known;
    const created = new Measured(family, cells, tell);
    made.set(family.name, created);
    tell({ family });
    return created;
  };
  const refresh = () => {
    for (const update of updates) update();
  };
  return {
    counter: (name, help, labels = []) =>
      measured({ ...{ name, type: "counter", help, labels }, buckets: [], across: "sum" }),
    gauge: (name, help, labels = [], across = "sum") =>
      measured({ ...{ name, type: "gauge", help, labels }, buckets: [], across }),
    histogram: (name, help, labels = [], buckets = DURATION_BUCKETS) =>
      measured({ ...{ name, type: "histogram", help, labels }, buckets, across: "sum" }),
    collect: (update) => void updates.push(update),
    refresh,
    expose() {
      refresh();
      return pool.expose();
    },
  };
}

/** A metric of this thread: its series by their labels. */
class Measured implements Counter, Gauge, Histogram {
  readonly #family: Family;
  readonly #cells: MetricCells;
  readonly #tell: (notice: MetricNotice) => void;
  readonly #series = new Map<string, Series>();
  /** Of series that were forgotten. */
  readonly #free: Place[] = [];

  constructor(family: Family, cells: MetricCells, tell: (notice: MetricNotice) => void) {
    this.#family = family;
    this.#cells = cells;
    this.#tell = tell;
  }

  add(by: number, ...labels: readonly string[]): void {
    this.with(...labels).add(by);
  }

  set(value: number, ...labels: readonly string[]): void {
    this.with(...labels).set(value);
  }

  observe(value: number, ...labels: readonly string[]): void {
    this.with(...labels).observe(value);
  }

  reset(): void {
    for (const series of this.#series.values()) series.set(Number.NaN);
  }

  with(...labels: readonly string[]): Series {
    const name = labels.length === 1 ? (labels[0] as string) : labels.join("\u0000");
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES && labels[0] !== "other") {
      this.#forgetEmpty();
      if (this.#series.size >= MAX_SERIES) return this.with(...labels.map(() => "other"));
    }
    const place = this.#free.pop() ?? this.#cells.reserve(cellsOf(this.#family));
    const series = new Series(place, this.#family.buckets);
    this.#series.set(name, series);
    this.#tell({ family: this.#family, series: { labels: [...labels], place } });
    return series;
  }

  /** Gauges of what is no more. */
  #forgetEmpty(): void {
    for (const [name, { place }] of this.#series) {
      if (!Number.isNaN(place.cells[place.at])) continue;
      this.#series.delete(name);
      this.#free.push(place);
    }
  }
}

class Series implements CounterSeries, GaugeSeries, HistogramSeries {
  readonly place: Place;
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #buckets: readonly number[];

  constructor(place: Place, buckets: readonly number[]) {
    this.place = place;
    this.#cells = place.cells;
    this.#at = place.at;
    this.#buckets = buckets;
  }

  add(by: number): void {
    this.#cells[this.#at] = (this.#cells[this.#at] as number) + by;
  }

  set(value: number): void {
    this.#cells[this.#at] = value;
  }

  observe(value: number): void {
    const buckets = this.#buckets;
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket += 1;
    const at = this.#at + 1 + bucket;
    this.#cells[at] = (this.#cells[at] as number) + 1;
    this.add(value);
  }
}
