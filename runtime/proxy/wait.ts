import type { Clock } from "../telemetry/clock.ts";
import { Alarm, type Wheel } from "../telemetry/wheel.ts";
import type { GiveUp, Settle, Verdict } from "../wasm/verdict.ts";

/** How long a filter may make an exchange wait, in milliseconds, whatever the timeouts of its rule say. */
export const PATIENCE = 30_000;

export interface Time {
  readonly clock: Clock;
  readonly wheel: Wheel;
}

/** Whoever made a wait. */
export interface Waiter {
  readonly time: Time;
  settled(verdict: Verdict): void;
  /** The wait is over, however it ended. */
  waited(milliseconds: number): void;
}

/** What a filter makes an exchange wait for. Its waiter hears of one verdict: the filter's, or that it took too long. */
export class Wait {
  readonly #waiter: Waiter;
  readonly #began: number;
  readonly #giveUp: GiveUp;
  #alarm: Alarm | undefined = undefined;
  #over = false;

  /** @param giveUp called where nobody waits for the filter any more, before it has decided */
  constructor(settle: Settle, waiter: Waiter, giveUp?: GiveUp) {
    this.#waiter = waiter;
    this.#began = waiter.time.clock.monotonic();
    this.#giveUp = giveUp;
    settle((verdict) => this.#tell(verdict));
  }

  /** Nothing but the filter can end it from now on. */
  limit(): void {
    if (this.#over || this.#alarm !== undefined) return;
    this.#alarm = new Alarm(this);
    this.#waiter.time.wheel.arm(this.#alarm, PATIENCE);
  }

  expired(): void {
    this.#giveUp?.();
    this.#tell({
      kind: "fault",
      code: "WAIT_TIMEOUT",
      detail: `it did not let the exchange go on within ${PATIENCE} ms`,
    });
  }

  /** Nobody waits any more. */
  end(): void {
    if (this.#over) return;
    this.#giveUp?.();
    this.#close();
  }

  #close(): void {
    this.#over = true;
    const { clock, wheel } = this.#waiter.time;
    if (this.#alarm !== undefined) wheel.cancel(this.#alarm);
    this.#waiter.waited(clock.monotonic() - this.#began);
  }

  #tell(verdict: Verdict): void {
    if (this.#over) return;
    this.#close();
    this.#waiter.settled(verdict);
  }
}
