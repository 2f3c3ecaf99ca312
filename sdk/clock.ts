import * as host from "./host";

/**
 * Time, frozen for the length of one hook.
 *
 * @example
 * ```ts
 * const seconds = clock.now() / 1000;
 * if (seconds > 1893456000) log.info("the thirties have begun");
 * ```
 */
export namespace clock {
  /** Milliseconds since the Unix epoch. */
  export function now(): f64 {
    return host.clockNow();
  }

  /** Milliseconds of a clock that never goes back. */
  export function monotonic(): f64 {
    return host.clockMonotonic();
  }
}
