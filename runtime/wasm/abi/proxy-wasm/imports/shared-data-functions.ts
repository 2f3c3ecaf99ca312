import type { GuestVm } from "../guest-vm.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const LONGEST_KEY = 4096;
/** Units of fuel. */
const WRITE = 1_000;

/** Data that all workers share, under the plugin's name or its VM id. It is a cache: what was written longest ago makes room. */
export function sharedDataFunctions(vm: GuestVm): HostFunctions {
  const { memory, host } = vm;
  const { scope } = host;
  const { store } = host.services;
  return {
    proxy_get_shared_data(at: number, size: number, valueAt: number, valueSizeAt: number, casAt: number) {
      const key = memory.latin1(at, size);
      if (key === undefined || !memory.holds(casAt, 4)) return STATUS.invalidMemoryAccess;
      const entry = store.get(scope, key);
      if (entry === undefined) return STATUS.notFound;
      if (!memory.give(valueAt, valueSizeAt, entry.value)) return STATUS.invalidMemoryAccess;
      memory.setWord(casAt, entry.version);
      return STATUS.ok;
    },
    /** 0 as `cas` writes whatever is there; another one only over that version, or where nothing is. */
    proxy_set_shared_data(at: number, size: number, valueAt: number, valueSize: number, cas: number) {
      const key = memory.latin1(at, size);
      const value = memory.bytes(valueAt, valueSize);
      if (key === undefined || value === undefined) return STATUS.invalidMemoryAccess;
      vm.tank.owe(WRITE);
      if (key.length > LONGEST_KEY) return STATUS.badArgument;
      const expected = cas >>> 0;
      let written =
        expected === 0 ? store.set(scope, key, value, 0) : store.compareAndSet(scope, key, expected, value, 0);
      if (written === "conflict" && store.get(scope, key) === undefined) {
        written = store.compareAndSet(scope, key, 0, value, 0);
      }
      if (written === "done") return STATUS.ok;
      return written === "conflict" ? STATUS.casMismatch : STATUS.internalFailure;
    },
  };
}
