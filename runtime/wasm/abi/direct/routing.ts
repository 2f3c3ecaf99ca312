// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { RoutingCapability } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

/** The core functions of `heddle:policy/routing`. */
export function bindRouting(guest: GuestMemory, host: RoutingCapability): CoreImports {
  return {
    __proto__: null,
    route(p0: number): void {
      guest.enter();
      const result = host.route();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    backends(p0: number): void {
      guest.enter();
      const result = host.backends();
      const at = guest.area(p0, 8, 4);
      guest.setTexts(at, result);
      guest.leave();
    },
    "choose-backend"(p0: number, p1: number): number {
      guest.enter();
      const result = host.chooseBackend(guest.text(p0, p1)) ? 1 : 0;
      guest.leave();
      return result;
    },
    "set-hash-key"(p0: number, p1: number): void {
      guest.enter();
      host.setHashKey(guest.text(p0, p1));
      guest.leave();
    },
  } as unknown as CoreImports;
}
