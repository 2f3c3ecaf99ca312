import { LEVELS, logLevelOf, writeLog } from "../guest-log.ts";
import type { GuestVm } from "../guest-vm.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

/** Lines for the proxy's log; a guest may write some at any time. */
export function logFunctions(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  return {
    proxy_log(level: number, at: number, size: number) {
      if (level >>> 0 >= LEVELS.length) return STATUS.badArgument;
      if (!memory.holds(at, size)) return vm.state === "starting" ? STATUS.ok : STATUS.invalidMemoryAccess;
      writeLog(vm, level, () => memory.text(at, size) ?? "");
      return STATUS.ok;
    },
    proxy_get_log_level: (at: number) => (memory.setWord(at, logLevelOf(vm)) ? STATUS.ok : STATUS.invalidMemoryAccess),
  };
}
