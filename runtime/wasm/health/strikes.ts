import type { Code } from "../../errors.ts";

/** So many faults within so many milliseconds are too many. */
const FAULTS = 5;
const WINDOW = 60_000;
const FIRST_WAIT = 1_000;
/** Milliseconds. */
export const LONGEST_WAIT = 60_000;
const JITTER = 0.2;
/** After so many milliseconds without a fault all is forgotten. */
const CLEAN = 300_000;

/** Faults that the guest has brought about; others, such as a pool that is busy, say nothing about it. */
const GUEST_FAULTS: ReadonlySet<string> = new Set<string>([
  "GUEST_TRAP",
  "GUEST_PROTOCOL",
  "FUEL_EXHAUSTED",
  "START_FAILED",
]);

export interface StrikesOptions {
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Counts the faults of one generation in one thread, and says when it has to wait and for how long. */
export class Strikes {
  readonly #monotonic: () => number;
  readonly #random: () => number;
  /** When the last faults were. */
  #faults: number[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #level = 0;
  /** Until when it waits; undefined while it runs. */
  #until: number | undefined = undefined;

  constructor({ monotonic, random }: StrikesOptions) {
    this.#monotonic = monotonic;
    this.#random = random;
  }

  get waiting(): boolean {
    return this.#until !== undefined;
  }

  get level(): number {
    return this.#level;
  }

  /** Takes a fault. Milliseconds to wait, if that was one too many; one is too many on trial. */
  fault(code: Code): number | undefined {
    if (!GUEST_FAULTS.has(code)) return undefined;
    const now = this.#monotonic();
    if (now - this.#last >= CLEAN) this.#level = 0;
    this.#last = now;
    if (this.#until === undefined && !this.#isTooMany(now)) return undefined;
    this.#level += 1;
    const longer = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(20, this.#level - 1));
    const wait = Math.round(longer * (1 + JITTER * (2 * this.#random() - 1)));
    this.#until = now + wait;
    return wait;
  }

  /** Waits as another thread has seen reason to. */
  wait(milliseconds: number, level: number): void {
    const now = this.#monotonic();
    this.#last = now;
    this.#level = Math.max(this.#level, level);
    this.#until = Math.max(this.#until ?? now, now + milliseconds);
  }

  /** Whether one trial may be made now. It is over with `fault` or `passed`; one that never ends gives way to another. */
  mayTry(): boolean {
    const now = this.#monotonic();
    if (this.#until === undefined || now < this.#until) return false;
    this.#until = now + LONGEST_WAIT;
    return true;
  }

  /** The trial went well. */
  passed(): void {
    this.#until = undefined;
    this.#faults = [];
  }

  #isTooMany(now: number): boolean {
    this.#faults.push(now);
    if (this.#faults.length > FAULTS) this.#faults.shift();
    return this.#faults.length === FAULTS && now - (this.#faults[0] as number) <= WINDOW;
  }
}
