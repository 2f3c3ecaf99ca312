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
  #period = 0;
  #disarm: (() => void) | undefined = undefined;

  constructor(vm: GuestVm) {
    this.#vm = vm;
    this.calls = pendingCalls(vm.host, (token, outcome) => this.#events.answered(vm, token, outcome));
  }

  get awake(): boolean {
    return this.#events !== NOBODY;
  }

  wake(events: RootEvents): void {
    this.#events = events;
    this.calls.wake();
    for (const queue of this.#queues) this.#listen(queue);
    this.#arm();
  }

  /** Ticks and queues come to an end; answers still come. */
  rest(): void {
    this.#period = 0;
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
    if (this.awake) this.#arm();
  }

  hear(queue: number): void {
    this.#queues.add(queue);
    if (this.awake) this.#listen(queue);
  }

  #listen(queue: number): void {
    this.#vm.host.queues.listen(queue, this, (ready) => this.#events.queueReady(this.#vm, ready));
  }

  #arm(): void {
    this.#disarm?.();
    this.#disarm =
      this.#period === 0 ? undefined : this.#vm.host.services.every?.(this.#period, () => this.#events.tick(this.#vm));
  }
}
