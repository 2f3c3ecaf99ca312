import type { GuestInstance } from "../abi/guest-instance.ts";
import type { BodyPiece, GuestExchange } from "../exchange.ts";
import { NO_BODY } from "../host/body.ts";
import type { ExplainTrap } from "../trap.ts";
import type { Hook, Verdict } from "../verdict.ts";
import { bodilessHook } from "./bodiless-hook.ts";
import { decide } from "./decide.ts";
import type { FuelAccount } from "./fuel-account.ts";
import { callHook, type Instance } from "./instance.ts";
import type { RunHook, Runner } from "./runner.ts";
import { startFailed } from "./start-failed.ts";
import { isWorn } from "./wear.ts";

export interface RunnerOptions {
  readonly start: () => Instance;
  readonly hooks: readonly Hook[];
  readonly fuel: FuelAccount;
  readonly explain: ExplainTrap;
}

/**
 * Runs hooks that answer at once: one at a time, on one instance, with a warm spare.
 *
 * @throws what `start` throws
 */
export function createSerialRunner({ start, hooks, fuel, explain }: RunnerOptions): Runner {
  let current: Instance | undefined = start();
  let spare: Instance | undefined = start();
  let running = false;
  let closed = false;
  let traps = 0;
  /** Why there is no spare, until a hook that needed one has said so. */
  let missing: Verdict | undefined;

  /** Outside of any request. */
  const refill = (): void => {
    if (closed || spare !== undefined) return;
    try {
      spare = start();
      missing = undefined;
    } catch (thrown) {
      missing = startFailed(thrown);
    }
  };
  const replace = (): void => {
    current = spare;
    spare = undefined;
    setImmediate(refill);
  };
  const fail = (thrown: unknown, instance: Instance): Verdict => {
    traps++;
    replace();
    return { kind: "fault", ...explain(thrown, instance.context.fault, fuel.exhausted(instance)) };
  };
  /** The exchange has nothing left for a hook that has not begun: the instance is as good as before. */
  const spent = (): Verdict => {
    traps++;
    return fuel.nothingLeft();
  };
  /** The instance, or why there is none: what has failed between two requests is not tried again by the next one. */
  const ready = (): Instance | Verdict => {
    if (current !== undefined) return current;
    const told = missing;
    missing = undefined;
    if (told !== undefined) return told;
    try {
      current = start();
      return current;
    } catch (thrown) {
      return startFailed(thrown);
    }
  };
  const once = (hook: RunHook, exchange: GuestExchange, piece: BodyPiece | undefined): Verdict => {
    if (closed) return { kind: "fault", code: "START_FAILED", detail: "the plugin was closed" };
    if (running) return { kind: "fault", code: "GUEST_PROTOCOL", detail: "a hook was called from within a hook" };
    const instance = ready();
    if ("kind" in instance) return instance;
    const { context } = instance;
    running = true;
    context.begin(hook, exchange, piece);
    try {
      if (!fuel.fill(hook, instance)) return spent();
      const verdict = decide(answerOf(instance.guest, hook, exchange, piece), context, hooks);
      fuel.settle(instance);
      if (spare !== undefined && isWorn(instance)) replace();
      return verdict;
    } catch (thrown) {
      return fail(thrown, instance);
    } finally {
      context.end();
      running = false;
    }
  };
  return {
    run(hook, exchange, piece) {
      const verdict = once(hook, exchange, piece);
      const next = bodilessHook(verdict, hook, exchange);
      return next === undefined ? verdict : once(next, exchange, NO_BODY);
    },
    release() {},
    close() {
      closed = true;
      current = undefined;
      spare = undefined;
    },
    get traps() {
      return traps;
    },
    get memorySize() {
      return current?.guest.memorySize ?? 0;
    },
  };
}

function answerOf(guest: GuestInstance, hook: RunHook, exchange: GuestExchange, piece: BodyPiece | undefined): number {
  if (hook !== "on-log") return callHook(guest, hook, exchange, piece);
  guest.onLog(exchange.id);
  return 0;
}
