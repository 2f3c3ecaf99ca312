// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { ResponseCapability, ResponseEdit } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const RESPONSE_EDIT_INDEX: Readonly<Record<ResponseEdit, number>> = {
  done: 0,
  "bad-name": 1,
  "bad-value": 2,
  forbidden: 3,
  "too-many": 4,
};

/** The core functions of `heddle:policy/response`. */
export function bindResponse(guest: GuestMemory, host: ResponseCapability): CoreImports {
  return {
    __proto__: null,
    status(): number {
      guest.enter();
      const result = host.status();
      guest.leave();
      return result;
    },
    "set-status"(p0: number): number {
      guest.enter();
      const result = RESPONSE_EDIT_INDEX[host.setStatus(p0 >>> 0)];
      guest.leave();
      return result;
    },
    header(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.header(guest.text(p0, p1));
      const at = guest.area(p2, 12, 4);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setText(at + 4, result);
      }
      guest.leave();
    },
    "header-values"(p0: number, p1: number, p2: number): void {
      guest.enter();
      const result = host.headerValues(guest.text(p0, p1));
      const at = guest.area(p2, 8, 4);
      guest.setTexts(at, result);
      guest.leave();
    },
    headers(p0: number): void {
      guest.enter();
      const result = host.headers();
      const at = guest.area(p0, 8, 4);
      guest.setList(at, result, 16, 4, (to, item) => {
        guest.setText(to, item[0]);
        guest.setText(to + 8, item[1]);
      });
      guest.leave();
    },
    "set-header"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = RESPONSE_EDIT_INDEX[host.setHeader(guest.text(p0, p1), guest.text(p2, p3))];
      guest.leave();
      return result;
    },
    "add-header"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = RESPONSE_EDIT_INDEX[host.addHeader(guest.text(p0, p1), guest.text(p2, p3))];
      guest.leave();
      return result;
    },
    "remove-header"(p0: number, p1: number): number {
      guest.enter();
      const result = RESPONSE_EDIT_INDEX[host.removeHeader(guest.text(p0, p1))];
      guest.leave();
      return result;
    },
    "has-body"(): number {
      guest.enter();
      const result = host.hasBody() ? 1 : 0;
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
