// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { TickCapability } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

/** The core functions of `heddle:policy/tick`. */
export function bindTick(guest: GuestMemory, host: TickCapability): CoreImports {
  return {
    __proto__: null,
    every(p0: number): void {
      guest.enter();
      host.every(p0 >>> 0);
      guest.leave();
    },
  } as unknown as CoreImports;
}
