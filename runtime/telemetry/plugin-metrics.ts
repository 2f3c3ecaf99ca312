import type { Metrics } from "./metrics.ts";

/** What guests count: `heddle_plugin_<name>`, with the plugin as its label. */
export interface PluginMetrics {
  count(plugin: string, name: string, by: number): void;
  gauge(plugin: string, name: string, value: number): void;
  observe(plugin: string, name: string, value: number): void;
}

/** What the host itself says about plugins under the same prefix. */
export const RESERVED: ReadonlySet<string> = new Set(["faults_total", "info", "loaded", "retiring", "traps"]);

/** What the text format appends to the name of a histogram. */
const PARTS = ["_bucket", "_sum", "_count"] as const;

type Kind = "counter" | "gauge" | "histogram";

/** A name keeps the kind that it was first used with; another use of it is ignored, as are values that are not finite. */
export function createPluginMetrics(metrics: Metrics): PluginMetrics {
  const kinds = new Map<string, Kind>();
  /** One series must never be written under two names. */
  const isFree = (name: string, kind: Kind): boolean => {
    if (RESERVED.has(name)) return false;
    if (kind === "histogram" && PARTS.some((part) => kinds.has(`${name}${part}`))) return false;
    return !PARTS.some((part) => name.endsWith(part) && kinds.get(name.slice(0, -part.length)) === "histogram");
  };
  const claim = (name: string, kind: Kind): string | undefined => {
    const clean = name.replace(/[^a-zA-Z0-9_]/g, "_");
    if (!kinds.has(clean) && isFree(clean, kind)) kinds.set(clean, kind);
    return kinds.get(clean) === kind ? `heddle_plugin_${clean}` : undefined;
  };
  return {
    count(plugin, name, by) {
      const clean = claim(name, "counter");
      if (clean !== undefined && by >= 0 && Number.isFinite(by)) {
        metrics.counter(clean, "Counted by a plugin.", ["plugin"]).add(by, plugin);
      }
    },
    gauge(plugin, name, value) {
      const clean = claim(name, "gauge");
      if (clean !== undefined && Number.isFinite(value)) {
        metrics.gauge(clean, "Measured by a plugin.", ["plugin"]).set(value, plugin);
      }
    },
    observe(plugin, name, value) {
      const clean = claim(name, "histogram");
      if (clean !== undefined && Number.isFinite(value)) {
        metrics.histogram(clean, "Observed by a plugin.", ["plugin"]).observe(value, plugin);
      }
    },
  };
}
