import type { FoundHeader } from "../../host/found-field.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreFunction, CoreImports } from "./core.ts";

/** A binding whose `header` lowers a value from where it stands in its head, where the capability can tell. */
export function withFoundHeader(binding: CoreImports, guest: GuestMemory, capability: object): CoreImports {
  if (!offersFound(capability)) return binding;
  return Object.assign(Object.create(null), binding, { header: bindHeader(guest, capability) });
}

/** `header: func(name: string) -> option<string>`, as `npm run generate` would bind it. */
function bindHeader(guest: GuestMemory, capability: FoundHeader): CoreFunction {
  const header = (pointer: number, length: number, area: number): undefined => {
    guest.enter();
    const value = capability.found(guest.text(pointer, length));
    const at = guest.area(area, 12, 4);
    if (value === undefined) {
      guest.setByte(at, 0);
    } else {
      guest.setByte(at, 1);
      guest.setFound(at + 4, value);
    }
    guest.leave();
  };
  return header as CoreFunction;
}

function offersFound(capability: object): capability is FoundHeader {
  return "found" in capability;
}
