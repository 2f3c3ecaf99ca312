import type { Exchange } from "../http/exchange.ts";
import type { TraceContext } from "../telemetry/trace-context.ts";
import type { Flag } from "./flags.ts";
import type { Forward } from "./forward.ts";
import { measure } from "./proxy-metrics.ts";
import { recordOf } from "./record.ts";
import type { Services } from "./services.ts";

/** How an exchange ended, gathered while it runs: for the access log and the metrics. */
export class Outcome {
  readonly #services: Services;
  readonly #began: number;
  readonly #start: number;
  #flags = "";
  #detail = "";
  requestId = "";
  trace: TraceContext | undefined = undefined;
  listener = "";
  /** Name of the cluster that was chosen. */
  backend = "";

  constructor(services: Services) {
    this.#services = services;
    this.#began = services.clock.now();
    this.#start = services.clock.monotonic();
  }

  note(flag: Flag, detail: string): void {
    if (!this.#flags.split(",").includes(flag)) this.#flags = join(this.#flags, flag, ",");
    this.#detail = join(this.#detail, detail, "; ");
  }

  /** Counts the exchange and writes its line. `plugins` holds the version of each plugin that saw it. */
  report(exchange: Exchange, forward: Forward | undefined, plugins: Readonly<Record<string, string>>): void {
    const facts = {
      began: this.#began,
      duration: this.#services.clock.monotonic() - this.#start,
      requestId: this.requestId,
      trace: this.trace,
      flags: this.#flags || "-",
      detail: this.#detail,
      listener: this.listener,
      backend: this.backend,
      upstream: forward?.upstream ?? "",
      attempts: forward?.attempts ?? 0,
      upstreamDuration: forward?.latency ?? 0,
      plugins,
    };
    measure(this.#services.metrics, exchange, facts);
    this.#services.accessLog.record(recordOf(exchange, facts));
  }
}

function join(before: string, next: string, separator: string): string {
  return before === "" ? next : `${before}${separator}${next}`;
}
