import { RESERVED } from "../admission/reserved.ts";

/** What the rewriter adds to the exports of a module. */
export const METER_EXPORTS = {
  /** `(units: i32) -> i32`: fills the tank, and tells what was in it; below zero once the guest has run out. */
  fuel: `${RESERVED}fuel`,
  /** `() -> ()`: the start function, where there is one. It no longer runs by itself. */
  start: `${RESERVED}start`,
  /**
   * Followed by the name of a hook, `(units: i32, ...) -> i32`: fills the tank, runs the hook, and empties the tank again. What
   * was left and what the hook answered come back as one number (`fuel-answer.ts`). After a trap the tank is as the hook left it.
   */
  run: `${RESERVED}run `,
  /** The memory of a module that does not export it as `memory`: how much there is of it must be known. */
  memory: `${RESERVED}memory`,
} as const;
