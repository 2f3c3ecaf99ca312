import type { ThreadLoad } from "../services.ts";

/** A thread that has less of its time to spare keeps somebody waiting. */
const SPARE = 0.1;
/**
 * Exchanges of others for one of the plugin's. The longer its hooks, the fewer it has in a second: then one other is company
 * enough, while two probes a second are not worth thousands of refusals.
 */
const COMPANY = 0.001;

export interface NeighboursOptions {
  readonly load: ThreadLoad;
  /** Exchanges that have met the plugin and ended, ever. */
  readonly own: () => number;
}

/**
 * Whether anybody else has to do without the time that a plugin takes: exchanges that do not meet it came to this thread, and
 * the thread had nothing to spare. Fewer than one in a thousand are no company. A plugin on every route takes time from nobody.
 */
export class Neighbours {
  readonly #load: ThreadLoad;
  readonly #own: () => number;
  #since = { now: 0, idle: 0, own: 0, others: 0 };

  /** @param now monotonic milliseconds */
  constructor({ load, own }: NeighboursOptions, now: number) {
    this.#load = load;
    this.#own = own;
    this.#since = this.#look(now);
  }

  /** Of the time since it was asked last. @param now monotonic milliseconds */
  suffered(now: number): boolean {
    const before = this.#since;
    this.#since = this.#look(now);
    const { idle, own, others } = this.#since;
    const hasCompany = others - before.others > COMPANY * (own - before.own);
    return hasCompany && idle - before.idle < SPARE * (now - before.now);
  }

  #look(now: number): { now: number; idle: number; own: number; others: number } {
    const own = this.#own();
    return { now, idle: this.#load.idle(), own, others: this.#load.exchanges() - own };
  }
}
