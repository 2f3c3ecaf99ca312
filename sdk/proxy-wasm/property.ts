import { proxy_get_property, proxy_set_property } from "./hostcalls";
import { narrowTo } from "./latin1";
import { outAddress, outSize } from "./received";
import { Status } from "./wire";

/** The longest path, its parts joined by NUL. */
const MAX_PATH: i32 = 256;

const path: usize = memory.data(256);

/** Asks for a property; what came is `received`. False when there is none. */
export function getProperty(name: string): bool {
  if (name.length > MAX_PATH) return false;
  narrowTo(path, name);
  return proxy_get_property(path, name.length, outAddress, outSize) === Status.Ok;
}

/** Leaves a property with the stream; false when the host refuses it. */
export function setProperty(name: string, value: ArrayBuffer): bool {
  if (name.length > MAX_PATH) return false;
  narrowTo(path, name);
  return proxy_set_property(path, name.length, changetype<usize>(value), value.byteLength) === Status.Ok;
}
