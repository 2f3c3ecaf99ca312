import { type ManualClock, manualClock } from "../telemetry/clock.ts";

/** Time that stands still until a test moves it, with what is to happen then. */
export interface FakeTime {
  /** `advance` runs what becomes due on the way, in order and at its time. */
  readonly clock: ManualClock;
  /** Runs a function again and again, until what it returns is called. */
  every(milliseconds: number, run: () => void): () => void;
  /** Runs a function once, unless what it returns is called before. */
  after(milliseconds: number, run: () => void): () => void;
}

interface Alarm {
  due: number;
  /** Undefined: once. */
  readonly interval: number | undefined;
  readonly run: () => void;
}

export function createFakeTime(now: number | undefined): FakeTime {
  const clock = manualClock(now);
  const alarms = new Set<Alarm>();
  const set = (milliseconds: number, interval: number | undefined, run: () => void): (() => void) => {
    const alarm = { due: clock.monotonic() + milliseconds, interval, run };
    alarms.add(alarm);
    return () => void alarms.delete(alarm);
  };
  const next = (until: number): Alarm | undefined => {
    const due = [...alarms].filter((alarm) => alarm.due <= until);
    return due.sort((a, b) => a.due - b.due)[0];
  };
  const ring = (alarm: Alarm): void => {
    if (alarm.interval === undefined) alarms.delete(alarm);
    else alarm.due += alarm.interval;
    alarm.run();
  };
  const advance = (milliseconds: number): void => {
    const until = clock.monotonic() + milliseconds;
    for (let alarm = next(until); alarm !== undefined; alarm = next(until)) {
      clock.advance(Math.max(0, alarm.due - clock.monotonic()));
      ring(alarm);
    }
    clock.advance(until - clock.monotonic());
  };
  return {
    clock: { ...clock, advance },
    every: (milliseconds, run) => set(milliseconds, Math.max(milliseconds, 1), run),
    after: (milliseconds, run) => set(milliseconds, undefined, run),
  };
}
