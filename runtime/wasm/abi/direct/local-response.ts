// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { LocalResponseCapability, LocalResponseOutcome } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const LOCAL_RESPONSE_OUTCOME_INDEX: Readonly<Record<LocalResponseOutcome, number>> = {
  done: 0,
  "bad-status": 1,
  "bad-header": 2,
  "too-large": 3,
  "too-late": 4,
};

/** The core functions of `heddle:policy/local-response`. */
export function bindLocalResponse(guest: GuestMemory, host: LocalResponseCapability): CoreImports {
  return {
    __proto__: null,
    send(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): number {
      guest.enter();
      const result =
        LOCAL_RESPONSE_OUTCOME_INDEX[
          host.send(
            p0 >>> 0,
            guest.list(p1, p2, 16, (at) => [guest.textAt(at), guest.textAt(at + 8)]),
            guest.bytes(p3, p4),
            guest.text(p5, p6),
          )
        ];
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
