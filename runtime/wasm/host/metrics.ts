import type { MetricsCapability } from "../abi/capabilities.ts";
import type { MetricSink } from "../services/metric-sink.ts";
import type { HookContext } from "./context.ts";

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/;
const MAX_SERIES = 1000;

/** Names that a plugin has used, in all its versions. */
const used = new WeakMap<MetricSink, Map<string, Set<string>>>();

/** What does not fit (a bad name, a number that is none, one name too many) is dropped and said once per generation. */
export function metricsCapability({ plugin, services }: HookContext): MetricsCapability {
  const { metrics } = services;
  const names = namesOf(metrics, plugin);
  let told = false;
  /** A name that was used once is known to be good. */
  const admitName = (name: string): boolean => {
    if (names.has(name)) return true;
    if (!NAME.test(name) || names.size >= MAX_SERIES) return false;
    names.add(name);
    return true;
  };
  const admit = (name: string, value: number, least: number): boolean => {
    if (Number.isFinite(value) && value >= least && admitName(name)) return true;
    if (!told)
      services.log({ plugin, level: "warn", message: "a metric was dropped: bad name, bad value or too many names" });
    told = true;
    return false;
  };
  return {
    count: (name, by) => void (admit(name, by, 0) && metrics.count(plugin, name, by)),
    gauge: (name, value) => void (admit(name, value, -Number.MAX_VALUE) && metrics.gauge(plugin, name, value)),
    observe: (name, value) => void (admit(name, value, -Number.MAX_VALUE) && metrics.observe(plugin, name, value)),
  };
}

function namesOf(metrics: MetricSink, plugin: string): Set<string> {
  const plugins = used.get(metrics) ?? new Map<string, Set<string>>();
  used.set(metrics, plugins);
  const names = plugins.get(plugin) ?? new Set();
  plugins.set(plugin, names);
  return names;
}
