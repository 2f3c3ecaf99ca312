import { hookMonotonicTime, hookTime } from "./hook-time";

export function clockNow(): f64 {
  return hookTime();
}

export function clockMonotonic(): f64 {
  return hookMonotonicTime();
}
