import { bufferOf, splice } from "../buffers.ts";
import type { GuestVm } from "../guest-vm.ts";
import { BUFFER, STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const LAST_BUFFER = BUFFER.foreignArguments;

/** Reads and writes of bodies, and reads of configurations and answers. */
export function bufferFunctions(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  return {
    proxy_get_buffer_bytes(type: number, start: number, max: number, at: number, sizeAt: number) {
      if (type >>> 0 > LAST_BUFFER) return STATUS.badArgument;
      const buffer = bufferOf(vm, type);
      if (buffer === undefined) return STATUS.notFound;
      const [from, length] = [start >>> 0, max >>> 0];
      const bytes = buffer.bytes.subarray(from, from + length);
      return memory.give(at, sizeAt, bytes) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
    proxy_get_buffer_status(type: number, sizeAt: number, flagsAt: number) {
      if (type >>> 0 > LAST_BUFFER) return STATUS.badArgument;
      const buffer = bufferOf(vm, type);
      if (buffer === undefined) return STATUS.notFound;
      if (!memory.holds(sizeAt, 4) || !memory.holds(flagsAt, 4)) return STATUS.invalidMemoryAccess;
      memory.setWord(sizeAt, buffer.bytes.length);
      memory.setWord(flagsAt, 0);
      return STATUS.ok;
    },
    proxy_set_buffer_bytes(type: number, start: number, length: number, at: number, size: number) {
      if (type >>> 0 > LAST_BUFFER) return STATUS.badArgument;
      const buffer = bufferOf(vm, type);
      if (buffer === undefined) return STATUS.notFound;
      if (buffer.replace === undefined) return STATUS.badArgument;
      const bytes = memory.bytes(at, size);
      if (bytes === undefined) return STATUS.invalidMemoryAccess;
      const result = splice(buffer.bytes, start >>> 0, length >>> 0, bytes);
      if (result.length > buffer.bytes.length && result.length > vm.host.limits.bodyBytes) return STATUS.badArgument;
      buffer.replace(result);
      return STATUS.ok;
    },
    /** ABI 0.1.0: the configuration of whatever is being started. */
    proxy_get_configuration(at: number, sizeAt: number) {
      const { vmConfig, pluginConfig } = vm.host;
      const bytes = vm.startsVm ? vmConfig : pluginConfig;
      return memory.give(at, sizeAt, bytes) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}
