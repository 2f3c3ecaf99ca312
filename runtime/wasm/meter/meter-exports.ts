import { RESERVED } from "../admission/reserved.ts";

/** What the rewriter adds to the exports of a module. */
export const METER_EXPORTS = {
  /** `(units: i32) -> i32`: fills the tank, and tells what was in it; below zero once the guest has run out. */
  fuel: `${RESERVED}fuel`,
  /** `() -> ()`: the start function, where there is one. It no longer runs by itself. */
  start: `${RESERVED}start`,
} as const;
