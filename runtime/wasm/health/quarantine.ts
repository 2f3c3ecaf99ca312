import type { Code } from "../../errors.ts";

/** Why and for how long a generation is not run. Plain data. */
export interface Quarantine {
  /** Of the generation. */
  readonly version: string;
  /** Of the fault that was one too many. */
  readonly code: Code;
  readonly detail: string;
  /** Milliseconds until it is tried again, counted from when it was put there. */
  readonly wait: number;
  /** How often in a row it has come to this: 1 the first time. */
  readonly level: number;
  /** When it was put there, in milliseconds since the epoch. */
  readonly since: number;
}

/** What became of a generation that serves. */
export type HealthEvent =
  /** @param reverted whether the generation before it serves in its place from now on */
  | { readonly kind: "quarantined"; readonly quarantine: Quarantine; readonly reverted: boolean }
  /** It was tried again, and runs. */
  | { readonly kind: "released" };
