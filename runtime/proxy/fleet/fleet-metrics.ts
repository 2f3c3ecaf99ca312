import type { Counter, Metrics } from "../../telemetry/metrics.ts";
import { createProxyMetrics } from "../proxy-metrics.ts";

export interface FleetSources {
  live(): number;
  /** Documents of the configuration that are refused now. */
  rejected(): number;
  /** Lines of the access log that could not be written. */
  lostLines(): number;
  /** Exchanges that a recording has lost; left out where nothing is recorded. */
  lostRecords?(): number;
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
    const rejected = metrics.gauge("heddle_config_rejected", "Documents that are refused as they are now.");
    const dropped = metrics.gauge("heddle_access_log_dropped", "Lines given up because the sink was too slow.");
    const { lostRecords } = sources;
    const unrecorded =
      lostRecords && metrics.gauge("heddle_recording_lost", "Exchanges that came faster than they could be recorded.");
    metrics.collect(() => {
      unrecorded?.set(lostRecords?.() ?? 0);
      workers.set(sources.live());
      rejected.set(sources.rejected());
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
