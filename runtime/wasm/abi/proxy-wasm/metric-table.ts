import { createHash } from "node:crypto";
import type { HostServices } from "../../services.ts";
import { METRIC } from "./status.ts";

/** A metric that a plugin has defined. The number is what this thread has seen of it. */
export interface DefinedMetric {
  readonly type: number;
  /** As the proxy exports it. */
  readonly name: string;
  value: number;
}

/** Metrics by the number that guests know them by: its two lowest bits are the type. */
export interface MetricTable {
  /** The same name is the same metric. Undefined when there is no room for another one. */
  define(type: number, name: string): number | undefined;
  get(id: number): DefinedMetric | undefined;
}

const MOST = 1000;
const LONGEST = 64;

/** Metrics outlive the generations of a plugin. */
const tables = new WeakMap<HostServices["metrics"], Map<string, MetricTable>>();

export function metricTableOf({ metrics }: HostServices, plugin: string): MetricTable {
  const plugins = tables.get(metrics) ?? new Map<string, MetricTable>();
  tables.set(metrics, plugins);
  const table = plugins.get(plugin) ?? createTable(plugin);
  plugins.set(plugin, table);
  return table;
}

function createTable(plugin: string): MetricTable {
  // Our SDK puts this in front, for hosts in which plugins share their names.
  const own = `heddle.${plugin}.`;
  const ids = new Map<string, number>();
  const metrics = new Map<number, DefinedMetric>();
  const next = [4 + METRIC.counter, 4 + METRIC.gauge, 4 + METRIC.histogram];
  return {
    define(type, name) {
      const key = `${type} ${name}`;
      const known = ids.get(key);
      if (known !== undefined || ids.size >= MOST) return known;
      const id = next[type] as number;
      next[type] = id + 4;
      ids.set(key, id);
      metrics.set(id, { type, name: exportedName(name.startsWith(own) ? name.slice(own.length) : name), value: 0 });
      return id;
    },
    get: (id) => metrics.get(id),
  };
}

/** Envoy's names hold dots and more; what had to be changed keeps a digest, so that two names stay two. */
function exportedName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d|$)/, "_");
  if (plain.length <= LONGEST) return plain;
  return `${plain.slice(0, LONGEST - 9)}_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}
