import { clock_time_get, proxy_get_current_time_nanoseconds } from "./hostcalls";
import { outNumber } from "./received";

const MONOTONIC: u32 = 1;
const NANOSECONDS: f64 = 1e6;

/** Milliseconds since the Unix epoch. */
export function realTime(): f64 {
  proxy_get_current_time_nanoseconds(outNumber);
  return <f64>load<u64>(outNumber) / NANOSECONDS;
}

/** Milliseconds of a clock that never goes back. */
export function monotonicTime(): f64 {
  clock_time_get(MONOTONIC, 1, outNumber);
  return <f64>load<u64>(outNumber) / NANOSECONDS;
}
