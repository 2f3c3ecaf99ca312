import type { GuestVm } from "../guest-vm.ts";
import type { HostFunctions } from "./host-functions.ts";

const LONGEST_MESSAGE = 1024;

/** What compilers of guests expect beside the ABI. */
export function runtimeFunctions(vm: GuestVm): HostFunctions {
  return {
    pthread_equal: (one: number, other: number) => (one === other ? 1 : 0),
    emscripten_notify_memory_growth: () => 0,
    /** AssemblyScript's: addresses of a message and a file, line and column. Emscripten's has none. */
    abort: (message = 0, file = 0, line = 0, column = 0) => {
      const words = scriptText(vm, message) ?? "abort";
      const place = scriptText(vm, file);
      vm.trap(place === undefined || place === "" ? words : `${words} at ${place}:${line}:${column}`);
    },
  };
}

/** A string of AssemblyScript: UTF-16, with its length in bytes before it. */
function scriptText({ memory }: GuestVm, at: number): string | undefined {
  const address = at >>> 0;
  const size = address < 4 ? undefined : memory.word(address - 4);
  if (size === undefined) return undefined;
  const bytes = memory.bytes(address, Math.min(size, LONGEST_MESSAGE) & ~1);
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf16le");
}
