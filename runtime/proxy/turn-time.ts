import { type Held, writeAtTurnEnd } from "../http/h1/turn-writes.ts";
import type { Clock } from "../telemetry/clock.ts";

/**
 * When that had arrived which a turn of the event loop brings. Whatever waits for its turn had come before it began, so
 * one reading of the clocks, taken when the turn asks first, is right for all of it; each would cost 40 ns.
 */
export class TurnTime implements Held {
  readonly #clock: Clock;
  #now = 0;
  #monotonic = 0;
  #isTaken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the Unix epoch. */
  get now(): number {
    if (!this.#isTaken) this.#take();
    return this.#now;
  }

  /** Milliseconds of the monotonic clock. */
  get monotonic(): number {
    if (!this.#isTaken) this.#take();
    return this.#monotonic;
  }

  /** The turn ends. */
  flush(): void {
    this.#isTaken = false;
  }

  #take(): void {
    this.#isTaken = true;
    this.#now = this.#clock.now();
    this.#monotonic = this.#clock.monotonic();
    writeAtTurnEnd(this);
  }
}
