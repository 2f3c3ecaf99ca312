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
export function createSerialRunner(options: RunnerOptions): Runner {
  return new SerialRunner(options);
}

class SerialRunner implements Runner {
  traps = 0;
  readonly #options: RunnerOptions;
  readonly #hooks: readonly Hook[];
  readonly #fuel: FuelAccount;
  #current: Instance | undefined;
  #spare: Instance | undefined;
  #running = false;
  #closed = false;
  /** Why there is no spare, until a hook that needed one has said so. */
  #missing: Verdict | undefined = undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#hooks = options.hooks;
    this.#fuel = options.fuel;
    this.#current = options.start();
    this.#spare = options.start();
  }

  run(hook: RunHook, exchange: GuestExchange, piece?: BodyPiece): Verdict {
    const verdict = this.#once(hook, exchange, piece);
    const next = bodilessHook(verdict, hook, exchange);
    return next === undefined ? verdict : this.#once(next, exchange, NO_BODY);
  }

  release(): void {}

  close(): void {
    this.#closed = true;
    this.#current = undefined;
    this.#spare = undefined;
  }

  get memorySize(): number {
    return this.#current?.guest.memorySize ?? 0;
  }

  #once(hook: RunHook, exchange: GuestExchange, piece: BodyPiece | undefined): Verdict {
    if (this.#closed) return { kind: "fault", code: "START_FAILED", detail: "the plugin was closed" };
    if (this.#running) return { kind: "fault", code: "GUEST_PROTOCOL", detail: "a hook was called from within a hook" };
    const refusal = this.#current === undefined ? this.#prepare() : undefined;
    if (refusal !== undefined) return refusal;
    const instance = this.#current as Instance;
    const { context } = instance;
    this.#running = true;
    context.begin(hook, exchange, piece);
    try {
      if (!this.#fuel.fill(hook, instance)) return this.#spent();
      const verdict = decide(answerOf(instance.guest, hook, exchange, piece), context, this.#hooks);
      this.#fuel.settle(instance);
      if (this.#spare !== undefined && isWorn(instance)) this.#replace();
      return verdict;
    } catch (thrown) {
      return this.#fail(thrown, instance);
    } finally {
      context.end();
      this.#running = false;
    }
  }

  /** Why there is no instance: what has failed between two requests is not tried again by the next one. */
  #prepare(): Verdict | undefined {
    const told = this.#missing;
    this.#missing = undefined;
    if (told !== undefined) return told;
    try {
      this.#current = this.#options.start();
      return undefined;
    } catch (thrown) {
      return startFailed(thrown);
    }
  }

  #fail(thrown: unknown, instance: Instance): Verdict {
    this.traps++;
    this.#replace();
    const { explain } = this.#options;
    return { kind: "fault", ...explain(thrown, instance.context.fault, this.#fuel.exhausted(instance)) };
  }

  /** The exchange has nothing left for a hook that has not begun: the instance is as good as before. */
  #spent(): Verdict {
    this.traps++;
    return this.#fuel.nothingLeft();
  }

  #replace(): void {
    this.#current = this.#spare;
    this.#spare = undefined;
    setImmediate(() => this.#refill());
  }

  /** Outside of any request. */
  #refill(): void {
    if (this.#closed || this.#spare !== undefined) return;
    try {
      this.#spare = this.#options.start();
      this.#missing = undefined;
    } catch (thrown) {
      this.#missing = startFailed(thrown);
    }
  }
}

function answerOf(guest: GuestInstance, hook: RunHook, exchange: GuestExchange, piece: BodyPiece | undefined): number {
  if (hook !== "on-log") return callHook(guest, hook, exchange, piece);
  guest.onLog(exchange.id);
  return 0;
}
