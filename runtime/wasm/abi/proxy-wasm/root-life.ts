import type { CallOutcome } from "../../guest-calls.ts";
import type { GuestVm } from "./guest-vm.ts";
import { type PendingCalls, pendingCalls } from "./pending-calls.ts";

/** What happens to a machine beside exchanges. */
export interface RootEvents {
  tick(vm: GuestVm): void;
  queueReady(vm: GuestVm, queue: number): void;
  answered(vm: GuestVm, token: number, outcome: CallOutcome): void;
}

const NOBODY: RootEvents = { tick() {}, queueReady() {}, answered() {} };

/**
 * What a machine's root context has asked for: ticks, queues, calls. A spare machine sleeps: what it asks for waits.
 */
export class RootLife {
  readonly calls: PendingCalls;
  readonly #vm: GuestVm;
  readonly #queues = new Set<number>();
  #events: RootEvents = NOBODY;
  /** Whether it acts by itself. */
  #acts = false;
  #period = 0;
  #disarm: (() => void) | undefined = undefined;

  constructor(vm: GuestVm) {
    this.#vm = vm;
    this.calls = pendingCalls(vm.host, (token, outcome) => this.#events.answered(vm, token, outcome));
  }

  /** From now on it gets ticks, and what is in its queues. */
  wake(events: RootEvents): void {
    this.#events = events;
    this.#acts = true;
    this.calls.wake();
    for (const queue of this.#queues) this.#listen(queue);
    this.#arm();
  }

  /** Ticks and queues come to an end; answers still come. */
  rest(): void {
    this.#acts = false;
    this.#arm();
    this.#vm.host.queues.leave(this);
  }

  end(): void {
    this.rest();
    this.calls.cancelAll();
    this.#events = NOBODY;
  }

  /** Milliseconds; 0 for none. */
  setTick(period: number): void {
    this.#period = period;
    this.#arm();
  }

  hear(queue: number): void {
    this.#queues.add(queue);
    this.#listen(queue);
  }

  #listen(queue: number): void {
    if (!this.#acts) return;
    this.#vm.host.queues.listen(queue, this, (ready) => this.#events.queueReady(this.#vm, ready));
  }

  #arm(): void {
    this.#disarm?.();
    const tick = () => this.#events.tick(this.#vm);
    const every = this.#period > 0 && this.#acts ? this.#vm.host.services.every : undefined;
    this.#disarm = every?.(this.#period, tick);
  }
}
