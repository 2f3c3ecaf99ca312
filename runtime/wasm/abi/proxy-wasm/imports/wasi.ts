import { GuestExit } from "../guest-exit.ts";
import { print } from "../guest-log.ts";
import type { GuestVm } from "../guest-vm.ts";
import { nanoseconds } from "../nanoseconds.ts";
import type { HostFunction, HostFunctions } from "./host-functions.ts";
import { WASI_IMPORTS } from "./known.ts";

/** `errno` of WASI preview 1. */
const ERRNO = { success: 0, badf: 8, fault: 21, inval: 28, noent: 44, nosys: 52, notsup: 58 } as const;
/** Units of fuel. */
const RANDOM = 2_000;
const MOST_RANDOM = 65_536;
const MOST_PARTS = 1024;
const MOST_PRINTED = 64 * 1024;
const CLOCK = { realtime: 0, monotonic: 1 } as const;
/** Milliseconds: Go gives up when its clock begins at zero. */
const SINCE_START = 1000;
const FDSTAT_SIZE = 24;
const RIGHTS_BASE = 8;
const RIGHT_TO_WRITE = 64;

/** No files, no sockets, no arguments: clocks, random numbers, the environment that was configured, and two ways to print. */
export function wasiFunctions(vm: GuestVm): HostFunctions {
  const { memory, host } = vm;
  const variables = Object.entries(host.options.environment ?? {}).map(([name, value]) =>
    Buffer.from(`${name}=${value}\0`),
  );
  const refused = Object.fromEntries(
    Object.keys(WASI_IMPORTS).map((name): [string, HostFunction] => [name, () => REFUSALS[name] ?? ERRNO.notsup]),
  );
  return {
    ...refused,
    args_sizes_get: (count: number, size: number) =>
      memory.setWord(count, 0) && memory.setWord(size, 0) ? ERRNO.success : ERRNO.fault,
    args_get: () => ERRNO.success,
    environ_sizes_get(count: number, size: number) {
      const bytes = variables.reduce((sum, { length }) => sum + length, 0);
      return memory.setWord(count, variables.length) && memory.setWord(size, bytes) ? ERRNO.success : ERRNO.fault;
    },
    environ_get(addresses: number, at: number) {
      let [next, place] = [addresses >>> 0, at >>> 0];
      for (const variable of variables) {
        if (!memory.write(place, variable) || !memory.setWord(next, place)) return ERRNO.fault;
        next += 4;
        place += variable.length;
      }
      return ERRNO.success;
    },
    clock_time_get(clock: number, _: bigint, at: number) {
      if (clock !== CLOCK.realtime && clock !== CLOCK.monotonic) return ERRNO.notsup;
      const time = clock === CLOCK.realtime ? vm.now : vm.monotonic + SINCE_START;
      return memory.setLong(at, nanoseconds(time)) ? ERRNO.success : ERRNO.fault;
    },
    clock_res_get: (_: number, at: number) => (memory.setLong(at, 1n) ? ERRNO.success : ERRNO.fault),
    random_get(at: number, size: number) {
      if (size >>> 0 > MOST_RANDOM) return ERRNO.inval;
      if (!memory.holds(at, size)) return ERRNO.fault;
      vm.tank.owe(RANDOM);
      memory.write(at, host.services.random(size >>> 0));
      return ERRNO.success;
    },
    fd_write(fd: number, parts: number, count: number, writtenAt: number) {
      if (fd !== 1 && fd !== 2) return ERRNO.badf;
      const printed = gather(vm, parts, count >>> 0);
      if (printed === undefined || !memory.setWord(writtenAt, printed.size)) return ERRNO.fault;
      print(vm, fd, printed.text);
      return ERRNO.success;
    },
    fd_fdstat_get(fd: number, at: number) {
      if (fd !== 1 && fd !== 2) return ERRNO.badf;
      if (!memory.fill(at, FDSTAT_SIZE, 0)) return ERRNO.fault;
      memory.setLong((at >>> 0) + RIGHTS_BASE, BigInt(RIGHT_TO_WRITE));
      return ERRNO.success;
    },
    poll_oneoff(_in: number, _out: number, _count: number, eventsAt: number) {
      // Whoever waits for a time looks at the clock again.
      vm.readClocks();
      return memory.setWord(eventsAt, 0) ? ERRNO.success : ERRNO.fault;
    },
    proc_exit(code: number) {
      throw new GuestExit(code >>> 0, vm.lastError);
    },
  };
}

/** What the functions answer that look at nothing. */
const REFUSALS: Readonly<Record<string, number>> = {
  ...{ fd_read: ERRNO.nosys, fd_pread: ERRNO.nosys, fd_pwrite: ERRNO.nosys, fd_fdstat_set_flags: ERRNO.nosys },
  ...{ fd_seek: ERRNO.success, fd_close: ERRNO.success, sched_yield: ERRNO.success },
  // The end of the list of folders that were opened before: there are none.
  ...{ fd_prestat_get: ERRNO.badf, fd_prestat_dir_name: ERRNO.nosys, fd_filestat_get: ERRNO.badf },
  path_open: ERRNO.noent,
};

/** How many bytes a list of addresses and lengths names, and the first of them. */
function gather({ memory }: GuestVm, parts: number, count: number): { size: number; text: string } | undefined {
  if (count > MOST_PARTS || !memory.holds(parts, count * 8)) return undefined;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (let index = 0; index < count; index++) {
    const at = memory.word((parts >>> 0) + index * 8) ?? 0;
    const length = memory.word((parts >>> 0) + index * 8 + 4) ?? 0;
    const piece = memory.holds(at, length)
      ? memory.bytes(at, Math.min(length, MOST_PRINTED - Math.min(size, MOST_PRINTED)))
      : undefined;
    if (piece === undefined) return undefined;
    pieces.push(piece);
    size += length;
  }
  return { size: size >>> 0, text: Buffer.concat(pieces).toString() };
}
