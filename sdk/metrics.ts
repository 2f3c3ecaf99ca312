import * as host from "./host";

/**
 * Metrics of the plugin, exported as `heddle_plugin_<name>` with the label `plugin`.
 *
 * @example
 * ```ts
 * metrics.count("denied_total");
 * metrics.gauge("cache_entries", 12);
 * metrics.observe("token_bytes", 812);
 * ```
 */
export namespace metrics {
  /** Adds to a counter. */
  export function count(name: string, by: f64 = 1): void {
    host.metricsCount(name, by);
  }

  /** Sets a gauge. */
  export function gauge(name: string, value: f64): void {
    host.metricsGauge(name, value);
  }

  /** Adds an observation to a histogram. */
  export function observe(name: string, value: f64): void {
    host.metricsObserve(name, value);
  }
}
