import type { Counter, Metrics } from "../../telemetry/metrics.ts";
import { createProxyMetrics } from "../proxy-metrics.ts";

export interface FleetSources {
  live(): number;
  /** Lines of the access log that could not be written. */
  lostLines(): number;
}

/** What only the main thread can count. */
export class FleetMetrics {
  readonly #metrics: Metrics;
  readonly #restarts: Counter;
  readonly #faults: Counter;

  constructor(metrics: Metrics, sources: FleetSources) {
    this.#metrics = metrics;
    this.#restarts = metrics.counter("heddle_worker_restarts_total", "Workers that were replaced.", ["reason"]);
    this.#faults = createProxyMetrics(metrics).faults;
    const workers = metrics.gauge("heddle_workers", "Workers that serve.");
    const dropped = metrics.gauge("heddle_access_log_dropped", "Lines given up because the sink was too slow.");
    metrics.collect(() => {
      workers.set(sources.live());
      dropped.set(sources.lostLines());
    });
  }

  refresh(): void {
    this.#metrics.refresh();
  }

  /** A worker was replaced. */
  replaced(reason: string): void {
    this.#restarts.add(1, reason);
  }

  /** A worker did not come back from a plugin. */
  blame(plugin: string): void {
    this.#faults.add(1, plugin, "STUCK");
  }
}
