import type { GuestVm } from "../guest-vm.ts";
import { nanoseconds } from "../nanoseconds.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const SHORTEST_TICK = 10;

/** Contexts and ticks. */
export function systemFunctions(vm: GuestVm): HostFunctions {
  return {
    /** Milliseconds; 0 ends the ticks. */
    proxy_set_tick_period_milliseconds(period: number) {
      vm.life.setTick(period >>> 0 === 0 ? 0 : Math.max(SHORTEST_TICK, period >>> 0));
      return STATUS.ok;
    },
    proxy_set_effective_context: (id: number) => (vm.actOn(id >>> 0) ? STATUS.ok : STATUS.badArgument),
    proxy_done() {
      const { root } = vm;
      if (root.life !== "ending") return STATUS.notFound;
      root.life = "over";
      // No guest is on the stack then.
      queueMicrotask(() => root.done?.());
      return STATUS.ok;
    },
  };
}

/** What a guest may ask at any time. */
export function clockFunctions(vm: GuestVm): HostFunctions {
  return {
    proxy_get_current_time_nanoseconds: (at: number) =>
      vm.memory.setLong(at, nanoseconds(vm.now)) ? STATUS.ok : STATUS.invalidMemoryAccess,
  };
}
