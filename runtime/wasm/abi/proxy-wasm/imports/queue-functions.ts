import type { GuestVm } from "../guest-vm.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

/** Queues between the plugins of a VM id, and between VM ids by name. */
export function queueFunctions(vm: GuestVm): HostFunctions {
  const { memory, host } = vm;
  const { queues } = host;
  return {
    proxy_register_shared_queue(at: number, size: number, idAt: number) {
      const name = memory.latin1(at, size);
      if (name === undefined || !memory.holds(idAt, 4)) return STATUS.invalidMemoryAccess;
      const id = queues.register(host.scope, name);
      if (id === undefined) return STATUS.internalFailure;
      vm.life.hear(id);
      memory.setWord(idAt, id);
      return STATUS.ok;
    },
    proxy_resolve_shared_queue(vmAt: number, vmSize: number, at: number, size: number, idAt: number) {
      const vmId = memory.text(vmAt, vmSize);
      const name = memory.latin1(at, size);
      if (vmId === undefined || name === undefined || !memory.holds(idAt, 4)) return STATUS.invalidMemoryAccess;
      const id = queues.resolve(host.scopeOf(vmId), name);
      if (id === undefined) return STATUS.notFound;
      memory.setWord(idAt, id);
      return STATUS.ok;
    },
    proxy_enqueue_shared_queue(id: number, at: number, size: number) {
      const bytes = memory.bytes(at, size);
      if (bytes === undefined) return STATUS.invalidMemoryAccess;
      const outcome = queues.enqueue(id >>> 0, bytes);
      if (outcome === "done") return STATUS.ok;
      return outcome === "unknown" ? STATUS.notFound : STATUS.internalFailure;
    },
    proxy_dequeue_shared_queue(id: number, at: number, sizeAt: number) {
      if (!memory.holds(at, 4) || !memory.holds(sizeAt, 4)) return STATUS.invalidMemoryAccess;
      const bytes = queues.dequeue(id >>> 0);
      if (bytes === undefined) return STATUS.notFound;
      if (bytes === "empty") return STATUS.empty;
      return memory.give(at, sizeAt, bytes) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}
