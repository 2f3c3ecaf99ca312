import type { Exchange } from "../http/exchange.ts";
import type { Counter, Histogram, Metrics } from "../telemetry/metrics.ts";
import type { RecordFacts } from "./record.ts";

/** The proxy's own metrics, resolved once. Names follow Envoy and Istio where they have one. */
export interface ProxyMetrics {
  /** route, code, flags */
  readonly requests: Counter;
  /** Seconds; route */
  readonly duration: Histogram;
  /** backend, outcome: an HTTP status class or a flag */
  readonly upstreamRequests: Counter;
  /** Seconds until the head of the response; backend */
  readonly upstreamDuration: Histogram;
  /** backend */
  readonly retries: Counter;
  /** plugin, code */
  readonly faults: Counter;
  /** detail */
  readonly refused: Counter;
}

export function createProxyMetrics(metrics: Metrics): ProxyMetrics {
  return {
    requests: metrics.counter("heddle_requests_total", "Exchanges that have ended.", ["route", "code", "flags"]),
    duration: metrics.histogram("heddle_request_duration_seconds", "Whole exchanges.", ["route"]),
    upstreamRequests: metrics.counter("heddle_upstream_requests_total", "Requests sent to backends.", [
      "backend",
      "outcome",
    ]),
    upstreamDuration: metrics.histogram("heddle_upstream_duration_seconds", "Until the head of a response.", [
      "backend",
    ]),
    retries: metrics.counter("heddle_upstream_retries_total", "Attempts after the first.", ["backend"]),
    faults: metrics.counter("heddle_plugin_faults_total", "Traps and broken contracts.", ["plugin", "code"]),
    refused: metrics.counter("heddle_refused_total", "Messages that never became a request.", ["detail"]),
  };
}

/** Counts an exchange that has ended. */
export function measure(metrics: ProxyMetrics, { routing, response }: Exchange, facts: RecordFacts): void {
  const { flags, backend, attempts } = facts;
  metrics.requests.add(1, routing.route, String(response.status), flags);
  metrics.duration.observe(facts.duration / 1_000, routing.route);
  if (attempts === 0) return;
  metrics.upstreamRequests.add(1, backend, flags === "-" ? `${Math.floor(response.status / 100)}xx` : flags);
  if (facts.upstreamDuration > 0) metrics.upstreamDuration.observe(facts.upstreamDuration / 1_000, backend);
  if (attempts > 1) metrics.retries.add(attempts - 1, backend);
}
