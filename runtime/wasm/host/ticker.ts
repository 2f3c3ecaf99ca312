import type { HostServices } from "../services.ts";

const SHORTEST = 100;

/** When a generation's `on-tick` runs: as often as its instances last said. */
export interface Ticker {
  /** @param milliseconds 0 never */
  every(milliseconds: number): void;
  /** From now on this is what a tick runs. */
  start(run: () => void): void;
  stop(): void;
}

export function createTicker({ every }: Pick<HostServices, "every">): Ticker {
  let interval = 0;
  let run: (() => void) | undefined;
  let cancel = (): void => {};
  const wind = (): void => {
    cancel();
    const runs = interval > 0 && run !== undefined ? every?.(interval, run) : undefined;
    cancel = runs ?? (() => {});
  };
  return {
    every(milliseconds) {
      const next = milliseconds === 0 ? 0 : Math.max(milliseconds, SHORTEST);
      if (next === interval) return;
      interval = next;
      wind();
    },
    start(tick) {
      run = tick;
      wind();
    },
    stop() {
      run = undefined;
      wind();
    },
  };
}
