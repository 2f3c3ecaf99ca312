import { foreignFunction } from "../foreign-functions.ts";
import type { GuestVm } from "../guest-vm.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

/** Calls of host functions by name. */
export function foreignCall(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  return {
    proxy_call_foreign_function(
      nameAt: number,
      nameSize: number,
      at: number,
      size: number,
      resultAt: number,
      resultSizeAt: number,
    ) {
      const name = memory.text(nameAt, nameSize);
      const argument = memory.bytes(at, size);
      if (name === undefined || argument === undefined) return STATUS.invalidMemoryAccess;
      const result = foreignFunction(name)?.(vm, argument) ?? STATUS.notFound;
      if (typeof result === "number") return result;
      // Nowhere to put it: the guest does not want it.
      if (resultAt === 0 || resultSizeAt === 0) return STATUS.ok;
      return memory.give(resultAt, resultSizeAt, result) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}
