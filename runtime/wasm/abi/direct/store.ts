// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { StoreCapability, StoreWritten } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const STORE_WRITTEN_INDEX: Readonly<Record<StoreWritten, number>> = { done: 0, conflict: 1, "too-large": 2, full: 3 };

/** The core functions of `heddle:policy/store`. */
export function bindStore(guest: GuestMemory, host: StoreCapability): CoreImports {
  return {
    __proto__: null,
    get(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.get(guest.text(p0, p1));
      const at = guest.area(p2, 16, 4);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setBytes(at + 4, result.value);
        guest.setWord(at + 12, result.version);
      }
      guest.leave();
    },
    set(p0: number, p1: number, p2: number, p3: number, p4: number): number {
      guest.enter();
      const result = STORE_WRITTEN_INDEX[host.set(guest.text(p0, p1), guest.bytes(p2, p3), p4 >>> 0)];
      guest.leave();
      return result;
    },
    "compare-and-set"(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): number {
      guest.enter();
      const result =
        STORE_WRITTEN_INDEX[host.compareAndSet(guest.text(p0, p1), p2 >>> 0, guest.bytes(p3, p4), p5 >>> 0)];
      guest.leave();
      return result;
    },
    delete(p0: number, p1: number): number {
      guest.enter();
      const result = host.delete(guest.text(p0, p1)) ? 1 : 0;
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
