import type { GuestExchange } from "../exchange.ts";
import type { HostServices } from "../services.ts";
import type { Hook } from "../verdict.ts";
import { type Budget, budgetOf } from "./budget.ts";
import { idleExchange } from "./idle-exchange.ts";

/** What the SDK said right before it trapped. */
export interface FaultReport {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const IDLE = idleExchange();

/** The hook that is running, as the host functions of one generation see it. A guest runs one hook at a time. */
export class HookContext {
  readonly plugin: string;
  readonly services: HostServices;
  hook: Hook = "configure";
  exchange: GuestExchange = IDLE;
  fault: FaultReport | undefined = undefined;
  #budget: Budget | undefined = undefined;
  /** NaN until the hook asks. */
  #now = Number.NaN;
  #monotonic = Number.NaN;
  readonly #marker: HostServices["marker"];
  readonly #mark: number;

  constructor(plugin: string, services: HostServices) {
    this.plugin = plugin;
    this.services = services;
    this.#marker = services.marker;
    this.#mark = services.marker?.handle(plugin) ?? 0;
  }

  /** What the plugin has used up of its share in this exchange. */
  get budget(): Budget {
    this.#budget ??= budgetOf(this.exchange, this);
    return this.#budget;
  }

  /** Readings of the clock, the same for the length of the hook. */
  get now(): number {
    if (Number.isNaN(this.#now)) this.#now = this.services.clock.now();
    return this.#now;
  }

  get monotonic(): number {
    if (Number.isNaN(this.#monotonic)) this.#monotonic = this.services.clock.monotonic();
    return this.#monotonic;
  }

  begin(hook: Hook, exchange: GuestExchange): void {
    this.fault = undefined;
    this.#turn(hook, exchange);
    this.#marker?.enter(this.#mark);
  }

  /** Lets go of the exchange. */
  end(): void {
    this.#marker?.leave();
    this.#turn("configure", IDLE);
  }

  #turn(hook: Hook, exchange: GuestExchange): void {
    this.hook = hook;
    this.exchange = exchange;
    this.#budget = undefined;
    this.#now = Number.NaN;
    this.#monotonic = Number.NaN;
  }
}
