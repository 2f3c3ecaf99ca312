import { proxy_call_foreign_function } from "./hostcalls";
import { narrow } from "./latin1";
import { outAddress, outSize } from "./received";
import { Status } from "./wire";

/** Calls a function that is the host's own; what it gives is `received`. False where the host has none of this name. */
export function callForeign(name: string, argument: ArrayBuffer): bool {
  const bytes = narrow(name);
  const at = changetype<usize>(argument);
  const size = argument.byteLength;
  const status = proxy_call_foreign_function(changetype<usize>(bytes), name.length, at, size, outAddress, outSize);
  return status === Status.Ok;
}
