// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { RequestCapability, RequestEdit } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const REQUEST_EDIT_INDEX: Readonly<Record<RequestEdit, number>> = {
  done: 0,
  "bad-name": 1,
  "bad-value": 2,
  forbidden: 3,
  "too-many": 4,
};

/** The core functions of `heddle:policy/request`. */
export function bindRequest(guest: GuestMemory, host: RequestCapability): CoreImports {
  return {
    __proto__: null,
    method(p0: number): void {
      guest.enter();
      const result = host.method();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    scheme(p0: number): void {
      guest.enter();
      const result = host.scheme();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    authority(p0: number): void {
      guest.enter();
      const result = host.authority();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    path(p0: number): void {
      guest.enter();
      const result = host.path();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    query(p0: number): void {
      guest.enter();
      const result = host.query();
      const at = guest.area(p0, 12, 4);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setText(at + 4, result);
      }
      guest.leave();
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
    "header-equals"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = host.headerEquals(guest.text(p0, p1), guest.text(p2, p3)) ? 1 : 0;
      guest.leave();
      return result;
    },
    "set-header"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = REQUEST_EDIT_INDEX[host.setHeader(guest.text(p0, p1), guest.text(p2, p3))];
      guest.leave();
      return result;
    },
    "add-header"(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = REQUEST_EDIT_INDEX[host.addHeader(guest.text(p0, p1), guest.text(p2, p3))];
      guest.leave();
      return result;
    },
    "remove-header"(p0: number, p1: number): number {
      guest.enter();
      const result = REQUEST_EDIT_INDEX[host.removeHeader(guest.text(p0, p1))];
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
