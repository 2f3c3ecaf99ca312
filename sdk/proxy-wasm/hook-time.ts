import { monotonicTime, realTime } from "./time";

// Time stands still within a hook.

/** NaN until the hook asks. */
let now: f64 = NaN;
let monotonic: f64 = NaN;

/** A hook begins: time goes on. */
export function forgetTime(): void {
  now = NaN;
  monotonic = NaN;
}

/** Milliseconds since the Unix epoch. */
export function hookTime(): f64 {
  if (isNaN(now)) now = realTime();
  return now;
}

/** Milliseconds of a clock that never goes back. */
export function hookMonotonicTime(): f64 {
  if (isNaN(monotonic)) monotonic = monotonicTime();
  return monotonic;
}
