// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { BodyCapability, BodyEdit } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const BODY_EDIT_INDEX: Readonly<Record<BodyEdit, number>> = { done: 0, forbidden: 1, "too-large": 2 };

/** The core functions of `heddle:policy/body`. */
export function bindBody(guest: GuestMemory, host: BodyCapability): CoreImports {
  return {
    __proto__: null,
    size(): number {
      guest.enter();
      const result = host.size();
      guest.leave();
      return result;
    },
    end(): number {
      guest.enter();
      const result = host.end() ? 1 : 0;
      guest.leave();
      return result;
    },
    read(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.read(p0 >>> 0, p1 >>> 0);
      const at = guest.area(p2, 8, 4);
      guest.setBytes(at, result);
      guest.leave();
    },
    replace(p0: number, p1: number): number {
      guest.enter();
      const result = BODY_EDIT_INDEX[host.replace(guest.bytes(p0, p1))];
      guest.leave();
      return result;
    },
    append(p0: number, p1: number): number {
      guest.enter();
      const result = BODY_EDIT_INDEX[host.append(guest.bytes(p0, p1))];
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
