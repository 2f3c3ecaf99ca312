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
  const drop = (): void => {
    if (!told)
      services.log({ plugin, level: "warn", message: "a metric was dropped: bad name, bad value or too many names" });
    told = true;
  };
  const isAdmitted = (name: string): boolean => {
    if (names.has(name)) return true;
    if (!NAME.test(name) || names.size >= MAX_SERIES) return false;
    names.add(name);
    return true;
  };
  /** The series of each name, found once. */
  const found = <Series>(find: (name: string) => Series): ((name: string) => Series | undefined) => {
    const known = new Map<string, Series>();
    return (name) => {
      const series = known.get(name);
      if (series !== undefined) return series;
      if (!isAdmitted(name)) return undefined;
      known.set(name, find(name));
      return known.get(name);
    };
  };
  const counter = found((name) => counterOf(metrics, plugin, name));
  const gauge = found((name) => gaugeOf(metrics, plugin, name));
  const histogram = found((name) => histogramOf(metrics, plugin, name));
  return {
    count(name, by) {
      const series = Number.isFinite(by) && by >= 0 ? counter(name) : undefined;
      if (series === undefined) drop();
      else series.add(by);
    },
    gauge(name, value) {
      const series = Number.isFinite(value) ? gauge(name) : undefined;
      if (series === undefined) drop();
      else series.set(value);
    },
    observe(name, value) {
      const series = Number.isFinite(value) ? histogram(name) : undefined;
      if (series === undefined) drop();
      else series.observe(value);
    },
  };
}

/** Of a name that means something else already. */
const NOWHERE = { add() {}, set() {}, observe() {} };

function counterOf(metrics: MetricSink, plugin: string, name: string): { add(by: number): void } {
  if (metrics.counter !== undefined) return metrics.counter(plugin, name) ?? NOWHERE;
  return { add: (by) => metrics.count(plugin, name, by) };
}

function gaugeOf(metrics: MetricSink, plugin: string, name: string): { set(value: number): void } {
  if (metrics.gaugeOf !== undefined) return metrics.gaugeOf(plugin, name) ?? NOWHERE;
  return { set: (value) => metrics.gauge(plugin, name, value) };
}

function histogramOf(metrics: MetricSink, plugin: string, name: string): { observe(value: number): void } {
  if (metrics.histogram !== undefined) return metrics.histogram(plugin, name) ?? NOWHERE;
  return { observe: (value) => metrics.observe(plugin, name, value) };
}

function namesOf(metrics: MetricSink, plugin: string): Set<string> {
  const plugins = used.get(metrics) ?? new Map<string, Set<string>>();
  used.set(metrics, plugins);
  const names = plugins.get(plugin) ?? new Set();
  plugins.set(plugin, names);
  return names;
}
