import type { GuestExchange } from "../exchange.ts";
import type { HostServices } from "../services.ts";
import type { Hook } from "../verdict.ts";
import { type Budget, createBudget } from "./budget.ts";
import { idleExchange } from "./idle-exchange.ts";

/** What the SDK said right before it trapped. */
export interface FaultReport {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The hook that is running, as the host functions of one generation see it. A guest runs one hook at a time. */
export interface HookContext {
  readonly plugin: string;
  readonly services: HostServices;
  readonly hook: Hook;
  readonly exchange: GuestExchange;
  /** What the plugin has used up of its share in this exchange. */
  readonly budget: Budget;
  /** Readings of the clock, the same for the length of the hook. */
  readonly now: number;
  readonly monotonic: number;
  fault: FaultReport | undefined;
  begin(hook: Hook, exchange: GuestExchange): void;
  /** Lets go of the exchange. */
  end(): void;
}

export function createContext(plugin: string, services: HostServices): HookContext {
  const budgets = new WeakMap<GuestExchange, Budget>();
  let hook: Hook = "configure";
  let exchange = idleExchange();
  let budget: Budget | undefined;
  let now: number | undefined;
  let monotonic: number | undefined;

  const budgetOf = (): Budget => {
    const known = budgets.get(exchange);
    if (known !== undefined) return known;
    const fresh = createBudget();
    budgets.set(exchange, fresh);
    return fresh;
  };
  const turn = (nextHook: Hook, nextExchange: GuestExchange): void => {
    hook = nextHook;
    exchange = nextExchange;
    budget = undefined;
    now = undefined;
    monotonic = undefined;
  };
  return {
    plugin,
    services,
    fault: undefined,
    get hook() {
      return hook;
    },
    get exchange() {
      return exchange;
    },
    get budget() {
      budget ??= budgetOf();
      return budget;
    },
    get now() {
      now ??= services.clock.now();
      return now;
    },
    get monotonic() {
      monotonic ??= services.clock.monotonic();
      return monotonic;
    },
    begin(nextHook, nextExchange) {
      this.fault = undefined;
      turn(nextHook, nextExchange);
    },
    end: () => turn("configure", IDLE),
  };
}

const IDLE = idleExchange();
