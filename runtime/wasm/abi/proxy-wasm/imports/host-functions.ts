import type { GuestVm } from "../guest-vm.ts";

/** A function that guests import. Their i64 arrive as bigint. */
export type HostFunction = (...args: never[]) => number | undefined;

export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** Functions that a guest may call only from a callback: not while it starts, and not from its allocator. */
export function duringCallbacks(vm: GuestVm, functions: HostFunctions): HostFunctions {
  return mapFunctions(functions, (name, run) => (...args) => {
    if (vm.state !== "running") vm.refuse(`the guest called ${name} ${WHEN[vm.state]}`);
    return guarded(vm, run, args);
  });
}

/** Functions that a guest may call at any time. */
export function atAnyTime(vm: GuestVm, functions: HostFunctions): HostFunctions {
  return mapFunctions(
    functions,
    (_, run) =>
      (...args) =>
        guarded(vm, run, args),
  );
}

/** Units of fuel of a host call, beside what it copies. */
const CALL = 100;

const WHEN = { starting: "while it was being started", allocating: "from its allocator" } as const;

/** What is thrown through a guest ends it, though it may catch that. */
function guarded(vm: GuestVm, run: HostFunction, args: never[]): number | undefined {
  if (vm.fault !== undefined) throw vm.fault;
  vm.tank.owe(CALL);
  try {
    return run(...args);
  } catch (thrown) {
    throw vm.fail(thrown);
  }
}

function mapFunctions(
  functions: HostFunctions,
  map: (name: string, run: HostFunction) => (...args: never[]) => number | undefined,
): HostFunctions {
  const mapped = Object.create(null) as Record<string, HostFunction>;
  for (const [name, run] of Object.entries(functions)) mapped[name] = map(name, run);
  return mapped;
}
