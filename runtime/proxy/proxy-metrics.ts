import type { Counter, CounterSeries, Histogram, HistogramSeries, Metrics } from "../telemetry/metrics.ts";

/** The proxy's own metrics, resolved once. Names follow Envoy and Istio where they have one. */
export interface ProxyMetrics {
  /** Of exchanges that no rule has matched. */
  readonly unrouted: RouteMeter;
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
  /** Attempts that ended in a failed TLS handshake; backend, reason */
  readonly handshakeFailures: Counter;
  /** plugin, code */
  readonly faults: Counter;
  /** detail */
  readonly refused: Counter;
  /** Of filters; backend, outcome: an HTTP status class or why there was no response */
  readonly calls: Counter;
  /** Seconds; backend */
  readonly callDuration: Histogram;
}

export function createProxyMetrics(metrics: Metrics): ProxyMetrics {
  const resolved = {
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
    handshakeFailures: metrics.counter("heddle_upstream_tls_failures_total", "Failed TLS handshakes with backends.", [
      "backend",
      "reason",
    ]),
    faults: metrics.counter("heddle_plugin_faults_total", "Traps and broken contracts.", ["plugin", "code"]),
    calls: metrics.counter("heddle_plugin_calls_total", "Calls of filters to backends.", ["backend", "outcome"]),
    callDuration: metrics.histogram("heddle_plugin_call_duration_seconds", "Whole calls of filters.", ["backend"]),
    refused: metrics.counter("heddle_refused_total", "Messages that never became a request.", ["detail"]),
  };
  return { ...resolved, unrouted: new RouteMeter(resolved, "") };
}

/** The series of one route, found once. */
export class RouteMeter {
  readonly #metrics: Omit<ProxyMetrics, "unrouted">;
  readonly #route: string;
  readonly #duration: HistogramSeries;
  /** By status, of exchanges without flags. */
  readonly #plain: (CounterSeries | undefined)[] = [];

  constructor(metrics: Omit<ProxyMetrics, "unrouted">, route: string) {
    this.#metrics = metrics;
    this.#route = route;
    this.#duration = metrics.duration.with(route);
  }

  /** Counts an exchange that has ended. @param flags empty when there is nothing to say @param duration milliseconds */
  ended(status: number, flags: string, duration: number): void {
    if (flags === "") this.#ofStatus(status).add(1);
    else this.#metrics.requests.add(1, this.#route, String(status), flags);
    this.#duration.observe(duration / 1_000);
  }

  #ofStatus(status: number): CounterSeries {
    const known = this.#plain[status];
    if (known !== undefined) return known;
    const series = this.#metrics.requests.with(this.#route, String(status), "-");
    this.#plain[status] = series;
    return series;
  }
}

/** The series of one backend, found once. */
export class BackendMeter {
  readonly #metrics: ProxyMetrics;
  readonly #backend: string;
  readonly #duration: HistogramSeries;
  /** By the first digit of the status, of exchanges without flags. */
  readonly #classes: (CounterSeries | undefined)[] = [];

  constructor(metrics: ProxyMetrics, backend: string) {
    this.#metrics = metrics;
    this.#backend = backend;
    this.#duration = metrics.upstreamDuration.with(backend);
  }

  /** Counts an exchange that was sent to a backend. @param latency milliseconds; 0 when there was no response */
  ended(status: number, flags: string, attempts: number, latency: number): void {
    if (flags === "") this.#ofClass(Math.floor(status / 100)).add(1);
    else this.#metrics.upstreamRequests.add(1, this.#backend, flags);
    if (latency > 0) this.#duration.observe(latency / 1_000);
    if (attempts > 1) this.#metrics.retries.add(attempts - 1, this.#backend);
  }

  #ofClass(digit: number): CounterSeries {
    const known = this.#classes[digit];
    if (known !== undefined) return known;
    const series = this.#metrics.upstreamRequests.with(this.#backend, `${digit}xx`);
    this.#classes[digit] = series;
    return series;
  }
}
