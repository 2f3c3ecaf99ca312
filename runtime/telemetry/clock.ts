/** The only reader of time. Everything that measures or waits takes a clock, so that tests advance it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds of a clock that never goes back; only differences mean anything. */
  monotonic(): number;
}

/** Looked up once: `process` is a getter, and a quarter of what a reading costs. */
const { hrtime } = process;

export const systemClock: Clock = {
  now: () => Date.now(),
  // The same for all threads, which performance.now() is not.
  monotonic() {
    const time = hrtime();
    return time[0] * 1_000 + time[1] / 1_000_000;
  },
};

/** Runs a function again and again, in milliseconds, until what it returns is called; keeps no process alive. */
export function every(milliseconds: number, run: () => void): () => void {
  const interval = setInterval(run, milliseconds).unref();
  return () => clearInterval(interval);
}

export interface ManualClock extends Clock {
  /** Moves both readings forward. */
  advance(milliseconds: number): void;
  /** Sets the wall clock alone, as an operator or NTP would. */
  setNow(epochMilliseconds: number): void;
}

/** A clock that stands still until a test moves it. */
export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let wall = start;
  let steady = 0;
  return {
    now: () => wall,
    monotonic: () => steady,
    advance(milliseconds) {
      wall += milliseconds;
      steady += milliseconds;
    },
    setNow(epochMilliseconds) {
      wall = epochMilliseconds;
    },
  };
}
