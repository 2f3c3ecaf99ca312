// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { AttributesCapability, AttributesStored } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const ATTRIBUTES_STORED_INDEX: Readonly<Record<AttributesStored, number>> = {
  done: 0,
  "bad-name": 1,
  "too-large": 2,
  "too-many": 3,
};

/** The core functions of `heddle:policy/attributes`. */
export function bindAttributes(guest: GuestMemory, host: AttributesCapability): CoreImports {
  return {
    __proto__: null,
    text(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.text(guest.text(p0, p1));
      const at = guest.area(p2, 12, 4);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setText(at + 4, result);
      }
      guest.leave();
    },
    number(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.number(guest.text(p0, p1));
      const at = guest.area(p2, 16, 8);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setDouble(at + 8, result);
      }
      guest.leave();
    },
    flag(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.flag(guest.text(p0, p1));
      const at = guest.area(p2, 2, 1);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setByte(at + 1, result ? 1 : 0);
      }
      guest.leave();
    },
    "set-text"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = ATTRIBUTES_STORED_INDEX[host.setText(guest.text(p0, p1), guest.text(p2, p3))];
      guest.leave();
      return result;
    },
    "set-number"(p0: number, p1: number, p2: number): number {
      guest.enter();
      const result = ATTRIBUTES_STORED_INDEX[host.setNumber(guest.text(p0, p1), p2)];
      guest.leave();
      return result;
    },
    "set-flag"(p0: number, p1: number, p2: number): number {
      guest.enter();
      const result = ATTRIBUTES_STORED_INDEX[host.setFlag(guest.text(p0, p1), p2 !== 0)];
      guest.leave();
      return result;
    },
    remove(p0: number, p1: number): void {
      guest.enter();
      host.remove(guest.text(p0, p1));
      guest.leave();
    },
  } as unknown as CoreImports;
}
