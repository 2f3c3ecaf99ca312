// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { TraceCapability, TraceStored } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const TRACE_STORED_INDEX: Readonly<Record<TraceStored, number>> = {
  done: 0,
  "bad-name": 1,
  "too-large": 2,
  "too-many": 3,
};

/** The core functions of `heddle:policy/trace`. */
export function bindTrace(guest: GuestMemory, host: TraceCapability): CoreImports {
  return {
    __proto__: null,
    "set-text"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = TRACE_STORED_INDEX[host.setText(guest.text(p0, p1), guest.text(p2, p3))];
      guest.leave();
      return result;
    },
    "set-number"(p0: number, p1: number, p2: number): number {
      guest.enter();
      const result = TRACE_STORED_INDEX[host.setNumber(guest.text(p0, p1), p2)];
      guest.leave();
      return result;
    },
    "set-flag"(p0: number, p1: number, p2: number): number {
      guest.enter();
      const result = TRACE_STORED_INDEX[host.setFlag(guest.text(p0, p1), p2 !== 0)];
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
