import type { FuelBudgets } from "./fuel-budgets.ts";

/** What honest code may need more than the first time: its store has filled meanwhile. */
const MORE = 4;

/**
 * What the start of an instance may burn. The first one has the whole budget, in a thread where that costs no request. The
 * others start beside requests: they may burn a few times what the first one did, or what a hook may.
 */
export class StartBudget {
  /** Units of fuel that the first start has burnt; undefined before. */
  proven: number | undefined = undefined;
  readonly #budgets: FuelBudgets;
  #units: number;

  /** @param proven what the first start has burnt elsewhere */
  constructor(budgets: FuelBudgets, proven?: number) {
    this.#budgets = budgets;
    this.#units = budgets.start;
    if (proven !== undefined) this.passed(proven);
  }

  /** Units of fuel. */
  get units(): number {
    return this.#units;
  }

  /** In words. */
  get whole(): string {
    const { start, limits } = this.#budgets;
    return this.#units === start
      ? `its ${limits.startMillis} ms to start (limits.startTimeout)`
      : "several times what its first start took";
  }

  /** A start went well. @param burnt units of fuel */
  passed(burnt: number): void {
    if (this.proven !== undefined) return;
    const { start, head } = this.#budgets;
    this.proven = burnt;
    this.#units = Math.min(start, Math.max(MORE * burnt, head));
  }
}
