import type { FuelBudgets } from "../meter/fuel-budgets.ts";
import type { Hook, Verdict } from "../verdict.ts";
import type { Instance } from "./instance.ts";
import type { RunHook } from "./runner.ts";

/** What the hooks of one generation may burn and have burnt. */
export class FuelAccount {
  /** Units that all hooks have burnt. */
  used = 0;
  readonly #budgets: FuelBudgets;

  constructor(budgets: FuelBudgets) {
    this.#budgets = budgets;
  }

  /** Fills the instance's tank for a hook. @returns false when nothing is left for the exchange */
  fill(hook: RunHook, { guest, context }: Instance): boolean {
    const { head, body, exchange } = this.#budgets;
    const units = Math.min(isBodyHook(hook) ? body : head, exchange - context.spentFuel);
    context.fuel = units;
    if (units <= 0) return false;
    guest.refuel(units);
    return true;
  }

  /** Takes what a hook has left. @returns whether the guest ran out */
  settle({ guest, context }: Instance): boolean {
    const left = guest.drain();
    const burnt = context.fuel - left;
    this.used += burnt;
    if (burnt > this.#budgets.noticeable) context.spendFuel(burnt);
    return left < 0;
  }

  /** Of a hook that has failed: what it used up, in words, if it ran out of fuel. */
  exhausted(instance: Instance): string | undefined {
    const { hook, fuel } = instance.context;
    if (!this.settle(instance)) return undefined;
    const { head, body, limits } = this.#budgets;
    const [whole, millis] = isBodyHook(hook) ? [body, limits.bodyMillis] : [head, limits.headMillis];
    return fuel === whole ? `its ${millis} ms for ${hook}` : this.#ofExchange();
  }

  nothingLeft(): Verdict {
    return { kind: "fault", code: "FUEL_EXHAUSTED", detail: `it used up ${this.#ofExchange()}` };
  }

  #ofExchange(): string {
    return `its ${this.#budgets.limits.exchangeMillis} ms for one exchange`;
  }
}

function isBodyHook(hook: Hook): boolean {
  return hook === "on-request-body" || hook === "on-response-body";
}
