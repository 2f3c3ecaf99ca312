import { messageOf } from "../../../runtime/errors.ts";
import type { Shop } from "../shop.ts";

/** One thing that the tour does, asserts, and tells about. */
export interface Step {
  readonly name: string;
  /** Resolves to what was seen, in a few words; throws when it was not what should be seen. */
  run(shop: Shop): Promise<string>;
}

export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seen: string;
}

/** Runs one step; a failure becomes an outcome. */
export async function take(step: Step, shop: Shop): Promise<Outcome> {
  try {
    return { name: step.name, passed: true, seen: await step.run(shop) };
  } catch (error) {
    return { name: step.name, passed: false, seen: messageOf(error) };
  }
}

/** Throws with both sides unless they are equal. */
export function same(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

/** Throws what was seen unless the claim holds. */
export function holds(claim: boolean, otherwise: string): asserts claim {
  if (!claim) throw new Error(otherwise);
}
