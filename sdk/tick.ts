import * as host from "./host";

/**
 * When `onTick` runs: outside of any exchange, one call at a time, in each thread of the proxy by itself.
 *
 * @example
 * ```ts
 * import { clock, config, store, tick } from "heddle/sdk";
 *
 * export function configure(): string | null {
 *   tick.every(config.int("refreshSeconds", 60) * 1000);
 *   return null;
 * }
 *
 * export function onTick(): void {
 *   store.setText("refreshed", clock.now().toString());
 * }
 * ```
 */
export namespace tick {
  /** From now on every so many milliseconds, 100 at least; 0 never. */
  export function every(milliseconds: u32): void {
    host.tickEvery(milliseconds);
  }
}
