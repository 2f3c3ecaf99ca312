// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { MetricsCapability } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

/** The core functions of `heddle:policy/metrics`. */
export function bindMetrics(guest: GuestMemory, host: MetricsCapability): CoreImports {
  return {
    __proto__: null,
    count(p0: number, p1: number, p2: number): void {
      guest.enter();
      host.count(guest.text(p0, p1), p2);
      guest.leave();
    },
    gauge(p0: number, p1: number, p2: number): void {
      guest.enter();
      host.gauge(guest.text(p0, p1), p2);
      guest.leave();
    },
    observe(p0: number, p1: number, p2: number): void {
      guest.enter();
      host.observe(guest.text(p0, p1), p2);
      guest.leave();
    },
  } as unknown as CoreImports;
}
