import { engine } from "../../engine.ts";
import type { GuestMemory } from "../memory.ts";
import { Pending } from "../pending.ts";
import { SLEEPING_CALL } from "../weights.ts";
import type { CoreFunction } from "./core.ts";
import { sleepTrampoline } from "./trampoline.ts";

export interface SuspendingFunction<Result> {
  /** Core parameters; the last one is where the result goes. */
  readonly params: number;
  /** Lifts the arguments and calls the capability. */
  call(...params: number[]): Result | Pending<Result>;
  store(area: number, result: Result): void;
}

/** A core function in which the guest sleeps while the capability has no answer yet. An answer at once costs no sleep. */
export function suspending<Result>(
  guest: GuestMemory,
  { params, call, store }: SuspendingFunction<Result>,
): CoreFunction {
  let pending: Pending<Result> | undefined;
  return sleepTrampoline(params, {
    begin(...given) {
      guest.enter();
      guest.tank.owe(SLEEPING_CALL);
      const result = call(...given);
      pending = result instanceof Pending ? result : undefined;
      if (!(result instanceof Pending)) store(given[params - 1] as number, result);
      guest.leave();
      return pending === undefined ? 0 : 1;
    },
    pause: new engine.Suspending(() => pending?.ready),
    end(area) {
      guest.enter();
      store(area, (pending as Pending<Result>).take());
      pending = undefined;
      guest.leave();
    },
  });
}
