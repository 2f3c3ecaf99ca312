import { messageOf } from "../errors.ts";
import { GuestFault } from "./abi/guest-fault.ts";
import type { GuestInstance } from "./abi/guest-instance.ts";
import type { GuestExchange } from "./exchange.ts";
import type { HookContext } from "./host/context.ts";
import type { ExplainTrap } from "./trap.ts";
import { type Hook, NEXT, RESPOND, type Verdict } from "./verdict.ts";

/** Runs hooks, one at a time, on an instance that is replaced when it fails. */
export interface Runner {
  run(hook: RunHook, exchange: GuestExchange): Verdict;
  close(): void;
  readonly traps: number;
  readonly memorySize: number;
}

export type RunHook = Exclude<Hook, "configure">;

export interface RunnerOptions {
  readonly start: () => GuestInstance;
  readonly context: HookContext;
  readonly explain: ExplainTrap;
}

/** Starts two instances: the running one and a warm spare. @throws what `start` throws */
export function createRunner({ start, context, explain }: RunnerOptions): Runner {
  let current: GuestInstance | undefined = start();
  let spare: GuestInstance | undefined = start();
  let running = false;
  let closed = false;
  let traps = 0;

  /** Outside of any request; if it fails, the next request tries again and reports why. */
  const refill = (): void => {
    if (closed || spare !== undefined) return;
    try {
      spare = start();
    } catch {
      spare = undefined;
    }
  };
  const replace = (): void => {
    current = spare;
    spare = undefined;
    setImmediate(refill);
  };
  const fail = (thrown: unknown): Verdict => {
    traps++;
    replace();
    return { kind: "fault", ...explain(thrown, context.fault) };
  };
  const ready = (): GuestInstance => {
    current ??= start();
    return current;
  };
  const run = (hook: RunHook, exchange: GuestExchange): Verdict => {
    if (closed) return { kind: "fault", code: "START_FAILED", detail: "the plugin was closed" };
    if (running) return { kind: "fault", code: "GUEST_PROTOCOL", detail: "a hook was called from within a hook" };
    let instance: GuestInstance;
    try {
      instance = ready();
    } catch (thrown) {
      return { kind: "fault", code: "START_FAILED", detail: messageOf(thrown) };
    }
    running = true;
    context.begin(hook, exchange);
    try {
      return decide(call(instance, hook, exchange), exchange);
    } catch (thrown) {
      return fail(thrown);
    } finally {
      context.end();
      running = false;
    }
  };
  return {
    run,
    close() {
      closed = true;
      current = undefined;
      spare = undefined;
    },
    get traps() {
      return traps;
    },
    get memorySize() {
      return current?.memorySize ?? 0;
    },
  };
}

function call(instance: GuestInstance, hook: RunHook, exchange: GuestExchange): number {
  if (hook === "on-request") return instance.onRequest(exchange.id);
  if (hook === "on-response") return instance.onResponse(exchange.id);
  instance.onLog(exchange.id);
  return 0;
}

/** A response counts only together with the verdict that asks for it. */
function decide(verdict: number, exchange: GuestExchange): Verdict {
  if (verdict === 0) {
    exchange.localResponse = undefined;
    return NEXT;
  }
  if (verdict !== 1)
    throw new GuestFault("GUEST_PROTOCOL", `expected the verdict 0 (next) or 1 (respond), got ${verdict}`);
  if (exchange.localResponse !== undefined) return RESPOND;
  throw new GuestFault("GUEST_PROTOCOL", "the verdict is respond, but local-response.send was not called with success");
}
