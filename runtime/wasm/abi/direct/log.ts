// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { LogCapability, LogLevel } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const LOG_LEVEL_CASES: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** The core functions of `heddle:policy/log`. */
export function bindLog(guest: GuestMemory, host: LogCapability): CoreImports {
  return {
    __proto__: null,
    write(p0: number, p1: number, p2: number): void {
      guest.enter();
      host.write(guest.oneOf(LOG_LEVEL_CASES, p0), guest.text(p1, p2));
      guest.leave();
    },
    fault(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void {
      guest.enter();
      host.fault(guest.text(p0, p1), guest.text(p2, p3), p4 >>> 0, p5 >>> 0);
      guest.leave();
    },
  } as unknown as CoreImports;
}
