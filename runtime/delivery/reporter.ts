import { type BackoffOptions, createBackoff, pause } from "./backoff.ts";

/** Sends the newest status to the registry: one report at a time, what changed meanwhile in the next one. */
export interface Reporter {
  /** Something changed. */
  poke(): void;
  close(): Promise<void>;
}

export interface ReporterOptions {
  /** Sends the status as it is now; a rejection is tried again after a growing wait. */
  readonly send: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly retry?: BackoffOptions;
}

export function createReporter({ send, onFailure, retry }: ReporterOptions): Reporter {
  const backoff = createBackoff({ base: 1_000, ...retry });
  const stop = new AbortController();
  let changed = false;
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    while (changed && !stop.signal.aborted) {
      changed = false;
      try {
        await send();
        backoff.reset();
      } catch (error) {
        onFailure(error);
        changed = true;
        await pause(backoff.next(), stop.signal);
      }
    }
    working = undefined;
  }

  return {
    poke() {
      changed = true;
      // Starts after the caller's own changes, so that one report carries them all.
      working ??= Promise.resolve().then(work);
    },
    async close() {
      stop.abort();
      await working;
    },
  };
}
