import { proxy_set_tick_period_milliseconds } from "./hostcalls";

const SHORTEST: u32 = 100;

export function tickEvery(milliseconds: u32): void {
  proxy_set_tick_period_milliseconds(milliseconds === 0 ? 0 : max(SHORTEST, milliseconds));
}
