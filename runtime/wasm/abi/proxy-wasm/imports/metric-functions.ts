import type { GuestVm } from "../guest-vm.ts";
import type { DefinedMetric } from "../metric-table.ts";
import { METRIC, STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const LONGEST_NAME = 1024;
/** Of a metric's number: its type, whether or not it has been defined. */
const TYPE_BITS = 3;

/** Counters, gauges and histograms by number. A number that is read is what this thread has seen. */
export function metricFunctions(vm: GuestVm): HostFunctions {
  const { memory, host } = vm;
  const { plugin, metrics } = host;
  const sink = host.services.metrics;
  const count = (metric: DefinedMetric, by: number): number => {
    if (by < 0) return STATUS.badArgument;
    metric.value += by;
    sink.count(plugin, metric.name, by);
    return STATUS.ok;
  };
  const set = (metric: DefinedMetric, value: number): number => {
    metric.value = value;
    sink.gauge(plugin, metric.name, value);
    return STATUS.ok;
  };
  return {
    proxy_define_metric(type: number, at: number, size: number, idAt: number) {
      if (type >>> 0 > METRIC.histogram) return STATUS.badArgument;
      const name = size >>> 0 > LONGEST_NAME ? undefined : memory.text(at, size);
      if (name === undefined || !memory.holds(idAt, 4)) return STATUS.invalidMemoryAccess;
      const id = metrics.define(type, name);
      if (id === undefined) return STATUS.internalFailure;
      memory.setWord(idAt, id);
      return STATUS.ok;
    },
    proxy_increment_metric(id: number, by: bigint) {
      if ((id & TYPE_BITS) > METRIC.gauge) return STATUS.badArgument;
      const metric = metrics.get(id >>> 0);
      if (metric === undefined) return STATUS.notFound;
      if (metric.type === METRIC.counter) return by > 0n ? count(metric, Number(by)) : STATUS.badArgument;
      return set(metric, metric.value + Number(by));
    },
    proxy_record_metric(id: number, value: bigint) {
      const metric = metrics.get(id >>> 0);
      if (metric === undefined) return STATUS.notFound;
      if (metric.type === METRIC.counter) return count(metric, Number(value));
      if (metric.type === METRIC.gauge) return set(metric, Number(value));
      sink.observe(plugin, metric.name, Number(value));
      return STATUS.ok;
    },
    proxy_get_metric(id: number, at: number) {
      if ((id & TYPE_BITS) > METRIC.gauge) return STATUS.badArgument;
      const metric = metrics.get(id >>> 0);
      if (metric === undefined) return STATUS.notFound;
      return memory.setLong(at, BigInt(Math.trunc(metric.value))) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}
