import type { GuestVm } from "../guest-vm.ts";
import { exchangeProperty, setExchangeProperty } from "../properties/exchange-properties.ts";
import { propertyOf } from "../properties/properties.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const LONGEST_PATH = 1024;
/** What Envoy has parts of, and does not encode as a whole. */
const WHOLE: ReadonlySet<string> = new Set(["request", "response", "connection", "upstream", "source", "destination"]);

/** Facts about exchange, connection and plugin, and what filters leave for each other. */
export function propertyFunctions(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  return {
    proxy_get_property(at: number, size: number, valueAt: number, valueSizeAt: number) {
      const path = pathAt(vm, at, size);
      if (path === undefined) return STATUS.invalidMemoryAccess;
      const value = propertyOf(vm, path) ?? (vm.stream && exchangeProperty(vm.stream.exchange, path));
      if (value === undefined) return vm.stream && WHOLE.has(path) ? STATUS.serializationFailure : STATUS.notFound;
      return memory.give(valueAt, valueSizeAt, value) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
    proxy_set_property(at: number, size: number, valueAt: number, valueSize: number) {
      const path = pathAt(vm, at, size);
      const value = memory.bytes(valueAt, valueSize);
      if (path === undefined || value === undefined) return STATUS.invalidMemoryAccess;
      const { stream } = vm;
      if (stream === undefined) return STATUS.notFound;
      return setExchangeProperty(stream.exchange, path, value) ? STATUS.ok : STATUS.badArgument;
    },
  };
}

/** Segments are joined by NUL; some guests end the last one with it, too. */
function pathAt({ memory }: GuestVm, at: number, size: number): string | undefined {
  if (size >>> 0 > LONGEST_PATH) return undefined;
  return memory.text(at, size)?.replace(/\0$/, "");
}
