import { printable } from "../../../shape.ts";
import { foreignFunction } from "../foreign-functions.ts";
import { writeLog } from "../guest-log.ts";
import type { GuestVm } from "../guest-vm.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const WARN = 3;
/** Names that a guest made up are forgotten. */
const MOST_NAMED = 64;

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
      const result = foreignFunction(name)?.(vm, argument) ?? unknown(vm, name);
      if (typeof result === "number") return result;
      // Nowhere to put it: the guest does not want it.
      if (resultAt === 0 || resultSizeAt === 0) return STATUS.ok;
      return memory.give(resultAt, resultSizeAt, result) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}

/** A status says little: the log says once what was asked for. */
function unknown(vm: GuestVm, name: string): number {
  const said = printable(name);
  if (!vm.named.has(said)) writeLog(vm, WARN, () => `there is no foreign function ${said}`);
  if (vm.named.size < MOST_NAMED) vm.named.add(said);
  return STATUS.notFound;
}
