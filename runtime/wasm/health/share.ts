import { Neighbours, type NeighboursOptions } from "./neighbours.ts";

/** Over how many milliseconds the share of a thread is reckoned. */
const WINDOW = 1_000;
/** Hooks that are timed before a plugin is judged; the one in the middle counts, whatever the machine did to the others. */
const SAMPLES = 9;

export interface ShareOptions {
  /** Of the thread's time: 1 is all of it. */
  readonly share: number;
  /** Units of fuel that the slowest code burns in a millisecond. */
  readonly slowest: number;
  /** Who else needs the thread. @default somebody always does */
  readonly neighbours?: NeighboursOptions | undefined;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Holds a plugin to its share of a thread's time, by the fuel that it has burnt. As long as that is little even for the slowest
 * code, no clock is read. Beyond it a few hooks are timed, which says how much fuel the share is worth for this code;
 * what burns that within a second while others needed the time is shed for the rest of it.
 */
export class Share {
  readonly #monotonic: () => number;
  readonly #milliseconds: number;
  readonly #slowest: number;
  readonly #neighbours: Neighbours | undefined;
  #began: number;
  #burntBefore = 0;
  /** Units of fuel in a millisecond, of hooks that were timed. */
  #rates: number[] = [];
  /** Fuel beyond which `exceeded` has to be asked. */
  allowance: number;
  /** Whether hooks should be timed. */
  measuring = false;

  constructor({ share, slowest, neighbours, monotonic }: ShareOptions) {
    this.#monotonic = monotonic;
    this.#milliseconds = share * WINDOW;
    this.#slowest = slowest;
    this.#began = monotonic();
    this.#neighbours = neighbours && new Neighbours(neighbours, this.#began);
    this.allowance = this.#milliseconds * slowest;
  }

  /** For fuel beyond the allowance. Monotonic milliseconds until which the plugin is shed; undefined if it is not. */
  exceeded(fuelUsed: number): number | undefined {
    const now = this.#monotonic();
    const end = this.#began + WINDOW;
    const inTime = now < end;
    if (inTime && this.#rates.length < SAMPLES) {
      this.measuring = true;
      this.allowance = Number.POSITIVE_INFINITY;
      return undefined;
    }
    const sheds = (this.#neighbours?.suffered(now) ?? true) && inTime;
    this.#began = sheds ? end : now;
    this.#burntBefore = fuelUsed;
    this.#rates = [];
    this.allowance = fuelUsed + this.#milliseconds * this.#slowest;
    return sheds ? end : undefined;
  }

  /** Takes what a hook burnt and how long it took, in milliseconds. */
  sample(fuel: number, elapsed: number): void {
    if (fuel <= 0 || elapsed <= 0) return;
    this.#rates.push(fuel / elapsed);
    if (this.#rates.length < SAMPLES) return;
    this.measuring = false;
    const rate = this.#rates.toSorted((a, b) => a - b)[SAMPLES >> 1] as number;
    this.allowance = this.#burntBefore + this.#milliseconds * Math.max(this.#slowest, rate);
  }
}
