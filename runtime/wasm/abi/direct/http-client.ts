// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { HttpClientCapability, HttpClientFailure } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";
import { suspending } from "./suspending.ts";

const HTTP_CLIENT_FAILURE_INDEX: Readonly<Record<HttpClientFailure, number>> = {
  "unknown-backend": 0,
  "bad-request": 1,
  "not-here": 2,
  "too-many": 3,
  cancelled: 4,
  unreachable: 5,
  timeout: 6,
  "too-large": 7,
  broken: 8,
  overflow: 9,
};

/** The core functions of `heddle:policy/http-client`. */
export function bindHttpClient(guest: GuestMemory, host: HttpClientCapability): CoreImports {
  return {
    __proto__: null,
    send: suspending(guest, {
      params: 12,
      call: (
        p0: number,
        p1: number,
        p2: number,
        p3: number,
        p4: number,
        p5: number,
        p6: number,
        p7: number,
        p8: number,
        p9: number,
        p10: number,
      ) =>
        host.send(
          guest.text(p0, p1),
          guest.text(p2, p3),
          guest.text(p4, p5),
          guest.list(p6, p7, 16, (at) => [guest.textAt(at), guest.textAt(at + 8)]),
          guest.bytes(p8, p9),
          p10 >>> 0,
        ),
      store(area, result) {
        const at = guest.area(area, 24, 4);
        if (typeof result === "string") {
          guest.setByte(at, 1);
          guest.setByte(at + 4, HTTP_CLIENT_FAILURE_INDEX[result]);
        } else {
          guest.setByte(at, 0);
          guest.setWord(at + 4, result.status);
          guest.setList(at + 8, result.headers, 16, 4, (to, item) => {
            guest.setText(to, item[0]);
            guest.setText(to + 8, item[1]);
          });
          guest.setBytes(at + 16, result.body);
        }
      },
    }),
  } as unknown as CoreImports;
}
