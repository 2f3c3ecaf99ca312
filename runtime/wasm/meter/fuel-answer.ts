/**
 * What comes back of a hook that was given fuel, in 32 bits: `left << 2 | answer`. The fuel that is left is a signed number, below
 * zero once the guest has run out. A double would hold more, but the engine allocates it.
 */
export const ANSWER_BITS = 2;

/** The largest answer that fits. Every larger one becomes this one, which is no verdict. */
export const MOST_ANSWER = 2 ** ANSWER_BITS - 1;

/** The most that a hook can be given: 107 ms where code is as fast as it is ever taken for; its limits end at 75 ms. */
export const MOST_FUEL = 2 ** (31 - ANSWER_BITS) - 1;

export function fuelLeft(result: number): number {
  return result >> ANSWER_BITS;
}

export function hookAnswer(result: number): number {
  return result & MOST_ANSWER;
}
