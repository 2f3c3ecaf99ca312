// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { ClockCapability } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

/** The core functions of `heddle:policy/clock`. */
export function bindClock(guest: GuestMemory, host: ClockCapability): CoreImports {
  return {
    __proto__: null,
    now(): number {
      guest.enter();
      const result = host.now();
      guest.leave();
      return result;
    },
    monotonic(): number {
      guest.enter();
      const result = host.monotonic();
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
