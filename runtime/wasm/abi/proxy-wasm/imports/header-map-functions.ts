import type { GuestVm } from "../guest-vm.ts";
import { headerMap, replaceAll } from "../header-maps.ts";
import { decodePairs, encodePairs } from "../pairs.ts";
import { routeAgain } from "../route-again.ts";
import { MAP, STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const NO_PAIRS = new Uint8Array(0);
const LAST_MAP = 7;

function isOfCall(type: number): boolean {
  return type === MAP.callResponseHeaders || type === MAP.callResponseTrailers;
}

/** Reads and writes of headers and trailers. */
export function headerMapFunctions(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  /** As in Envoy, what is written to a request may lead it to another route. */
  const done = (type: number, written: boolean | undefined): number => {
    if (written && type === MAP.requestHeaders) routeAgain(vm);
    return written ? STATUS.ok : STATUS.badArgument;
  };
  const write = (type: number, key: number, keySize: number, value: number, valueSize: number, how: "set" | "add") => {
    const name = memory.latin1(key, keySize);
    const text = memory.latin1(value, valueSize);
    if (name === undefined || text === undefined) return STATUS.invalidMemoryAccess;
    return done(type, headerMap(vm, type)?.edit?.[how](name, text));
  };
  return {
    proxy_get_header_map_pairs(type: number, at: number, sizeAt: number) {
      if (type >>> 0 > LAST_MAP) return STATUS.badArgument;
      const pairs = headerMap(vm, type)?.entries() ?? [];
      const bytes = pairs.length === 0 ? NO_PAIRS : encodePairs(pairs);
      return memory.give(at, sizeAt, bytes) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
    proxy_set_header_map_pairs(type: number, at: number, size: number) {
      const bytes = memory.bytes(at, size);
      if (bytes === undefined) return STATUS.invalidMemoryAccess;
      const map = headerMap(vm, type);
      if (map?.edit === undefined) return STATUS.badArgument;
      const pairs = decodePairs(bytes);
      return done(type, pairs !== undefined && replaceAll(map, map.edit, pairs));
    },
    proxy_get_header_map_value(type: number, key: number, keySize: number, at: number, sizeAt: number) {
      const name = memory.latin1(key, keySize);
      if (name === undefined) return STATUS.invalidMemoryAccess;
      const map = headerMap(vm, type);
      // A call that failed has no headers; any other map that is not there may not be asked for.
      if (map === undefined && !isOfCall(type)) return STATUS.badArgument;
      const value = map?.get(name);
      if (value === undefined && vm.abi !== "0.1.0") return STATUS.notFound;
      return memory.giveLatin1(at, sizeAt, value ?? "") ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
    proxy_add_header_map_value: (type: number, key: number, keySize: number, value: number, valueSize: number) =>
      write(type, key, keySize, value, valueSize, "add"),
    proxy_replace_header_map_value: (type: number, key: number, keySize: number, value: number, valueSize: number) =>
      write(type, key, keySize, value, valueSize, "set"),
    proxy_remove_header_map_value(type: number, key: number, keySize: number) {
      const name = memory.latin1(key, keySize);
      if (name === undefined) return STATUS.invalidMemoryAccess;
      return done(type, headerMap(vm, type)?.edit?.remove(name));
    },
    proxy_get_header_map_size(type: number, at: number) {
      const map = headerMap(vm, type);
      if (map === undefined) return STATUS.badArgument;
      return memory.setWord(at, encodePairs(map.entries()).length) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}
