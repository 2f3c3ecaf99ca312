// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { QuotaCapability } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

/** The core functions of `heddle:policy/quota`. */
export function bindQuota(guest: GuestMemory, host: QuotaCapability): CoreImports {
  return {
    __proto__: null,
    take(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void {
      guest.enter();
      const result = host.take(guest.text(p0, p1), p2 >>> 0, p3 >>> 0, p4 >>> 0, p5 >>> 0);
      const at = guest.area(p6, 16, 4);
      guest.setByte(at, result.allowed ? 1 : 0);
      guest.setWord(at + 4, result.remaining);
      guest.setWord(at + 8, result.retryAfterMs);
      guest.setWord(at + 12, result.resetAfterMs);
      guest.leave();
    },
  } as unknown as CoreImports;
}
