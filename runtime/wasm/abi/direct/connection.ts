// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { ConnectionCapability } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

/** The core functions of `heddle:policy/connection`. */
export function bindConnection(guest: GuestMemory, host: ConnectionCapability): CoreImports {
  return {
    __proto__: null,
    "client-address"(p0: number): void {
      guest.enter();
      const result = host.clientAddress();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    "client-port"(): number {
      guest.enter();
      const result = host.clientPort();
      guest.leave();
      return result;
    },
    "server-address"(p0: number): void {
      guest.enter();
      const result = host.serverAddress();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
    "server-port"(): number {
      guest.enter();
      const result = host.serverPort();
      guest.leave();
      return result;
    },
    protocol(p0: number): void {
      guest.enter();
      const result = host.protocol();
      const at = guest.area(p0, 8, 4);
      guest.setText(at, result);
      guest.leave();
    },
  } as unknown as CoreImports;
}
