import type { HookCalls } from "../abi/guest-instance.ts";
import type { BodyPiece, GuestExchange } from "../exchange.ts";
import { NO_BODY } from "../host/body.ts";
import type { PluginLimits } from "../limits.ts";
import type { HostServices } from "../services.ts";
import { NEXT, type Verdict } from "../verdict.ts";
import { bodilessHook } from "./bodiless-hook.ts";
import { decide } from "./decide.ts";
import { callHook, type Instance } from "./instance.ts";
import { createPool, type Pool, WARM } from "./pool.ts";
import type { Runner } from "./runner.ts";
import type { RunnerOptions } from "./serial-runner.ts";
import { startFailed } from "./start-failed.ts";
import { Turn } from "./turn.ts";

export interface PooledRunnerOptions extends RunnerOptions {
  readonly limits: Pick<PluginLimits, "instances" | "waiting" | "waitingMillis">;
  readonly services: Pick<HostServices, "clock" | "every">;
}

/** Milliseconds after which an instance that nobody has needed is let go: memory of a burst does not stay. */
const SHRINK_AFTER = 10_000;
/** How precisely the patience of those that wait is kept, in milliseconds. */
const LOOK_EVERY = 100;

type SleepHook = Turn["hook"];
type Sleeping = HookCalls<number | Promise<number>>;

/** A runner whose hooks can sleep. `on-log` cannot, and is run elsewhere. */
export interface PooledRunner extends Omit<Runner, "run"> {
  run(hook: SleepHook, exchange: GuestExchange, piece?: BodyPiece): Verdict;
}

/**
 * Runs hooks that may sleep. An instance that sleeps serves nobody else, so there are several, and beyond them exchanges
 * wait in the order in which they came.
 *
 * @throws what `start` throws
 */
export function createPooledRunner(options: PooledRunnerOptions): PooledRunner {
  return new InstancePool(options);
}

class InstancePool implements PooledRunner {
  traps = 0;
  readonly #options: PooledRunnerOptions;
  readonly #pool: Pool;
  /** In the order in which they came. */
  readonly #queue = new Set<Turn>();
  readonly #asleep = new Map<Turn, Instance>();
  /** By the number of their exchange. */
  readonly #turns = new Map<number, Turn[]>();
  #closed = false;
  #pumps = false;
  #stopShrinking: (() => void) | undefined = undefined;
  #stopLooking: (() => void) | undefined = undefined;

  constructor(options: PooledRunnerOptions) {
    this.#options = options;
    this.#pool = createPool(options.start, options.limits.instances);
  }

  get memorySize(): number {
    return this.#pool.memorySize;
  }

  run(hook: SleepHook, exchange: GuestExchange, piece?: BodyPiece): Verdict {
    if (this.#closed) return CLOSED;
    const instance = this.#queue.size === 0 ? this.#take() : undefined;
    if (instance === undefined) return this.#enqueue(hook, exchange, piece);
    if ("kind" in instance) return instance;
    const outcome = this.#step(instance, hook, exchange, piece);
    if (!(outcome instanceof Promise)) return outcome;
    const turn = this.#open(hook, exchange, piece);
    this.#sleep(turn, instance, outcome);
    return turn.waits;
  }

  release(exchange: GuestExchange): void {
    const turns = this.#turns.get(exchange.id);
    if (turns === undefined) return;
    for (const turn of turns) this.#giveUp(turn);
  }

  close(): void {
    this.#closed = true;
    this.#stopShrinking?.();
    this.#stopLooking?.();
    for (const turn of this.#queue) turn.tell(CLOSED);
    this.#queue.clear();
    for (const turn of [...this.#asleep.keys()]) this.#giveUp(turn);
    this.#turns.clear();
    this.#pool.close();
  }

  /** An instance, or the fault that none can be started. */
  #take(): Instance | Verdict | undefined {
    try {
      const instance = this.#pool.take();
      if (this.#pool.size > WARM) this.#stopShrinking ??= this.#options.services.every?.(SHRINK_AFTER, this.#shrink);
      return instance;
    } catch (thrown) {
      return startFailed(thrown);
    }
  }

  #enqueue(hook: SleepHook, exchange: GuestExchange, piece: BodyPiece | undefined): Verdict {
    const { limits, services } = this.#options;
    const { instances, waiting } = limits;
    if (this.#queue.size >= waiting) {
      const detail = `all ${instances} instances are in use, and ${waiting} exchanges wait for one`;
      return { kind: "fault", code: "POOL_EXHAUSTED", detail };
    }
    const turn = this.#open(hook, exchange, piece);
    turn.since = services.clock.monotonic();
    this.#queue.add(turn);
    this.#stopLooking ??= services.every?.(LOOK_EVERY, this.#look);
    return turn.waits;
  }

  /** Those that have waited for an instance for too long wait no longer; the first came first. */
  readonly #look = (): void => {
    const { limits, services } = this.#options;
    const since = services.clock.monotonic() - limits.waitingMillis;
    for (const turn of this.#queue) {
      if (turn.since > since) return;
      this.#queue.delete(turn);
      const detail = `none of ${limits.instances} instances came free within ${limits.waitingMillis} ms`;
      this.#finish(turn, { kind: "fault", code: "POOL_EXHAUSTED", detail });
    }
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  };

  readonly #shrink = (): void => {
    this.#pool.shrink();
    if (this.#pool.size > WARM) return;
    this.#stopShrinking?.();
    this.#stopShrinking = undefined;
  };

  #open(hook: SleepHook, exchange: GuestExchange, piece: BodyPiece | undefined): Turn {
    const turn = new Turn(hook, exchange, piece, this.#giveUp);
    const others = this.#turns.get(exchange.id);
    if (others === undefined) this.#turns.set(exchange.id, [turn]);
    else others.push(turn);
    return turn;
  }

  /** Asleep, the guest is woken and goes on for nobody: its instance serves others afterwards. */
  readonly #giveUp = (turn: Turn): void => {
    turn.forget();
    this.#queue.delete(turn);
    this.#asleep.get(turn)?.context.abandon();
    this.#close(turn);
  };

  #close(turn: Turn): void {
    const { id } = turn.exchange;
    const rest = this.#turns.get(id)?.filter((other) => other !== turn) ?? [];
    if (rest.length === 0) this.#turns.delete(id);
    else this.#turns.set(id, rest);
  }

  /** Runs a hook up to its verdict, or until the guest falls asleep. */
  #step(
    instance: Instance,
    hook: SleepHook,
    exchange: GuestExchange,
    piece: BodyPiece | undefined,
  ): Verdict | Promise<number> {
    const { guest, context } = instance;
    context.begin(hook, exchange, piece);
    if (!this.#options.fuel.fill(hook, instance)) return this.#refuse(instance);
    let answer: number | Promise<number>;
    try {
      answer = callHook(guest.sleeping as Sleeping, hook, exchange, piece);
    } catch (thrown) {
      return this.#fail(instance, thrown);
    }
    return answer instanceof Promise ? answer : this.#conclude(instance, hook, exchange, answer);
  }

  #conclude(instance: Instance, hook: SleepHook, exchange: GuestExchange, answer: number): Verdict | Promise<number> {
    const { context } = instance;
    let verdict: Verdict;
    try {
      verdict = context.isAbandoned ? NEXT : decide(answer, context, this.#options.hooks);
    } catch (thrown) {
      return this.#fail(instance, thrown);
    }
    this.#options.fuel.settle(instance);
    context.end();
    const next = bodilessHook(verdict, hook, exchange);
    if (next !== undefined) return this.#step(instance, next, exchange, NO_BODY);
    this.#pool.giveBack(instance);
    this.#pumpSoon();
    return verdict;
  }

  /** The exchange has nothing left for a hook that has not begun: the instance is as good as before. */
  #refuse(instance: Instance): Verdict {
    this.traps++;
    instance.context.end();
    this.#pool.giveBack(instance);
    this.#pumpSoon();
    return this.#options.fuel.nothingLeft();
  }

  #fail(instance: Instance, thrown: unknown): Verdict {
    const { context } = instance;
    const { explain, fuel } = this.#options;
    this.traps++;
    const trap = explain(thrown, context.fault, fuel.exhausted(instance));
    context.end();
    this.#pool.discard(instance);
    this.#pumpSoon();
    return { kind: "fault", ...trap };
  }

  #sleep(turn: Turn, instance: Instance, answer: Promise<number>): void {
    this.#asleep.set(turn, instance);
    const wake = (outcome: Verdict | Promise<number>): void => this.#wake(turn, instance, outcome);
    answer.then(
      // The hook may be another one than the turn began with: a body's, for a head that was held.
      (number) => wake(this.#conclude(instance, instance.context.hook as SleepHook, turn.exchange, number)),
      (thrown) => wake(this.#fail(instance, thrown)),
    );
  }

  #wake(turn: Turn, instance: Instance, outcome: Verdict | Promise<number>): void {
    this.#asleep.delete(turn);
    if (outcome instanceof Promise) this.#sleep(turn, instance, outcome);
    else this.#finish(turn, outcome);
  }

  #finish(turn: Turn, verdict: Verdict): void {
    this.#close(turn);
    turn.tell(verdict);
  }

  /** Not at once: an exchange that has its verdict goes on before another one begins. */
  #pumpSoon(): void {
    if (this.#pumps || this.#queue.size === 0) return;
    this.#pumps = true;
    queueMicrotask(() => {
      this.#pumps = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (const turn of this.#queue) {
      const instance = this.#take();
      if (instance === undefined) return;
      this.#queue.delete(turn);
      const { hook, exchange, piece } = turn;
      const outcome = "kind" in instance ? instance : this.#step(instance, hook, exchange, piece);
      if (outcome instanceof Promise) this.#sleep(turn, instance as Instance, outcome);
      else this.#finish(turn, outcome);
    }
  }
}

const CLOSED: Verdict = { kind: "fault", code: "START_FAILED", detail: "the plugin was closed" };
