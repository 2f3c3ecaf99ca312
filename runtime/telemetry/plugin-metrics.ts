import type { Metrics } from "./metrics.ts";

/** What guests count: `heddle_plugin_<name>`, with the plugin as its label. */
export interface PluginMetrics {
  count(plugin: string, name: string, by: number): void;
  gauge(plugin: string, name: string, value: number): void;
  observe(plugin: string, name: string, value: number): void;
}

/** A name keeps the kind that it was first used with; another use of it is ignored, as are values that are not finite. */
export function createPluginMetrics(metrics: Metrics): PluginMetrics {
  const kinds = new Map<string, "counter" | "gauge" | "histogram">();
  const claim = (name: string, kind: "counter" | "gauge" | "histogram") => {
    const clean = `heddle_plugin_${name.replace(/[^a-zA-Z0-9_]/g, "_")}`;
    if (!kinds.has(clean)) kinds.set(clean, kind);
    return kinds.get(clean) === kind ? clean : undefined;
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
