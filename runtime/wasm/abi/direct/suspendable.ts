import { setFlagsFromString } from "node:v8";
import { engine } from "../../engine.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreFunction } from "./core.ts";
import { hookTrampoline } from "./trampoline.ts";

/**
 * KiB of a stack on which a guest can sleep: some 4,600 small frames. V8 keeps 4 MiB of stacks that are not in use; with its
 * own default of 984 KiB more than four sleepers would have theirs mapped and unmapped each time, which costs 10 us.
 */
const STACK_SIZE = 256;

setFlagsFromString(`--wasm-stack-switching-stack-size=${STACK_SIZE}`);

/** A hook in which a guest may sleep: its answer where it did not, otherwise a promise of it, which rejects for a trap. */
export type SuspendableHook = (...args: number[]) => number | Promise<number>;

/** One call at a time: a guest has one shadow stack. A trap is always told by a promise. */
export function suspendable(guest: GuestMemory, hook: unknown, params: number, hasResult = true): SuspendableHook {
  let answer: number | undefined;
  const run = engine.promising(
    hookTrampoline(hook, [params, hasResult], (given) => {
      answer = given >>> 0;
    }) as CoreFunction,
  );
  const take = (): number => {
    const { fault } = guest;
    if (fault !== undefined) throw fault;
    return answer as number;
  };
  return (...args) => {
    answer = undefined;
    guest.tank.pour();
    const over = run(...args);
    return answer === undefined ? over.then(take) : take();
  };
}
