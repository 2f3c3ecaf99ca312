import type { PluginLimits } from "../limits.ts";

/** A plugin's limits of time, in units of fuel. */
export interface FuelBudgets {
  readonly start: number;
  readonly head: number;
  readonly body: number;
  readonly exchange: number;
  /** Hooks that burn less are not held against their exchange: most do, and it is not worth the noting. */
  readonly noticeable: number;
  readonly limits: PluginLimits;
}

/** @param perMilli units that a millisecond is worth */
export function fuelBudgets(limits: PluginLimits, perMilli: number): FuelBudgets {
  const units = (milliseconds: number): number => Math.max(1, Math.round(milliseconds * perMilli));
  const exchange = units(limits.exchangeMillis);
  return {
    start: units(limits.startMillis),
    head: units(limits.headMillis),
    body: units(limits.bodyMillis),
    exchange,
    noticeable: exchange / 1000,
    limits,
  };
}
