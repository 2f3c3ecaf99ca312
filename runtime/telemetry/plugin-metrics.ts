import type { CounterSeries, GaugeSeries, HistogramSeries, Metrics } from "./metrics.ts";

/** What guests count: `heddle_plugin_<name>`, with the plugin as its label. */
export interface PluginMetrics {
  count(plugin: string, name: string, by: number): void;
  gauge(plugin: string, name: string, value: number): void;
  observe(plugin: string, name: string, value: number): void;
  /** The series itself, for many numbers, which are finite and, for a counter, not negative. */
  counter(plugin: string, name: string): CounterSeries | undefined;
  gaugeOf(plugin: string, name: string): GaugeSeries | undefined;
  histogram(plugin: string, name: string): HistogramSeries | undefined;
}

/** What the host itself says about plugins under the same prefix. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...["faults_total", "info", "loaded", "retiring", "traps"],
  ...["quarantined", "shed", "fuel", "instances_started", "calls_total", "call_duration_seconds"],
]);

/** What the text format appends to the name of a histogram. */
const PARTS = ["_bucket", "_sum", "_count"] as const;

type Kind = "counter" | "gauge" | "histogram";

/** A name keeps the kind that it was first used with; another use of it is ignored, as are values that are not finite. */
export function createPluginMetrics(metrics: Metrics): PluginMetrics {
  const claim = createClaims();
  const counter: PluginMetrics["counter"] = (plugin, name) => {
    const clean = claim(name, "counter");
    return clean === undefined ? undefined : metrics.counter(clean, "Counted by a plugin.", ["plugin"]).with(plugin);
  };
  const gaugeOf: PluginMetrics["gaugeOf"] = (plugin, name) => {
    const clean = claim(name, "gauge");
    if (clean === undefined) return undefined;
    return metrics.gauge(clean, "Measured by a plugin.", ["plugin"], "max").with(plugin);
  };
  const histogram: PluginMetrics["histogram"] = (plugin, name) => {
    const clean = claim(name, "histogram");
    return clean === undefined ? undefined : metrics.histogram(clean, "Observed by a plugin.", ["plugin"]).with(plugin);
  };
  return {
    ...{ counter, gaugeOf, histogram },
    count(plugin, name, by) {
      if (by >= 0 && Number.isFinite(by)) counter(plugin, name)?.add(by);
    },
    gauge(plugin, name, value) {
      if (Number.isFinite(value)) gaugeOf(plugin, name)?.set(value);
    },
    observe(plugin, name, value) {
      if (Number.isFinite(value)) histogram(plugin, name)?.observe(value);
    },
  };
}

/** One series must never be written under two names. Undefined: the name is taken. */
function createClaims(): (name: string, kind: Kind) => string | undefined {
  const kinds = new Map<string, Kind>();
  const isFree = (name: string, kind: Kind): boolean => {
    if (RESERVED.has(name)) return false;
    if (kind === "histogram" && PARTS.some((part) => kinds.has(`${name}${part}`))) return false;
    return !PARTS.some((part) => name.endsWith(part) && kinds.get(name.slice(0, -part.length)) === "histogram");
  };
  return (name, kind) => {
    const clean = name.replace(/[^a-zA-Z0-9_]/g, "_");
    if (!kinds.has(clean) && isFree(clean, kind)) kinds.set(clean, kind);
    return kinds.get(clean) === kind ? `heddle_plugin_${clean}` : undefined;
  };
}
