import { setTimeout as wait } from "node:timers/promises";

export interface BackoffOptions {
  /** Milliseconds before the first retry, at most. */
  readonly base?: number;
  /** Milliseconds that no wait exceeds. */
  readonly max?: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Waits that grow from try to try: exponential, with jitter over the upper half so that a fleet spreads out. */
export interface Backoff {
  /** Milliseconds until the next try. */
  next(): number;
  /** After a success. */
  reset(): void;
}

export function createBackoff({ base = 250, max = 30_000, random = Math.random }: BackoffOptions = {}): Backoff {
  let tries = 0;
  return {
    next() {
      const ceiling = Math.min(max, base * 2 ** Math.min(tries, 30));
      tries += 1;
      return ceiling / 2 + (random() * ceiling) / 2;
    },
    reset() {
      tries = 0;
    },
  };
}

/** Resolves after the time or when the signal fires; keeps no process alive. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { ref: false, signal }).catch(() => {});
}
