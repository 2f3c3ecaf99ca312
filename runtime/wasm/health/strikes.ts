import type { Code } from "../../errors.ts";
import { PLUGIN_LIMITS } from "../limits.ts";

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
  /** So often in a row may one hook use up all the time that it is given. @default 2, as PLUGIN_LIMITS */
  readonly exhaustions?: number | undefined;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Counts the faults of one generation in one thread, and says when it has to wait and for how long. A trap costs the request
 * that it was about. Two faults cost all others on the thread as well, and are borne less often: a hook that uses up
 * its whole time, and an instance that cannot be started.
 */
export class Strikes {
  readonly #exhaustions: number;
  readonly #monotonic: () => number;
  readonly #random: () => number;
  /** How often in a row hooks have used up their time, by hook. */
  readonly #exhausted = new Map<string, number>();
  /** When the last faults were. */
  #faults: number[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #level = 0;
  /** Until when it waits; undefined while it runs. */
  #until: number | undefined = undefined;

  constructor({ exhaustions = PLUGIN_LIMITS.exhaustions, monotonic, random }: StrikesOptions) {
    this.#exhaustions = exhaustions;
    this.#monotonic = monotonic;
    this.#random = random;
  }

  get waiting(): boolean {
    return this.#until !== undefined;
  }

  get level(): number {
    return this.#level;
  }

  /** Whether a hook has used up its time and has not ended well since: `ended` wants to be told when one does. */
  get wary(): boolean {
    return this.#exhausted.size > 0;
  }

  /** Takes a fault. Milliseconds to wait, if that was one too many; one is too many on trial. */
  fault(code: Code, hook: string): number | undefined {
    if (!GUEST_FAULTS.has(code)) return undefined;
    const now = this.#monotonic();
    if (now - this.#last >= CLEAN) this.#level = 0;
    if (now - this.#last > WINDOW) this.#exhausted.clear();
    this.#last = now;
    const tooMany = [this.#isTooMany(now), code === "FUEL_EXHAUSTED" && this.#isTooLong(hook), code === "START_FAILED"];
    if (this.#until === undefined && !tooMany.includes(true)) return undefined;
    this.#level += 1;
    const longer = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(20, this.#level - 1));
    const wait = Math.round(longer * (1 + JITTER * (2 * this.#random() - 1)));
    this.#until = now + wait;
    return wait;
  }

  /** A hook ended well. */
  ended(hook: string): void {
    this.#exhausted.delete(hook);
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
    this.#exhausted.clear();
  }

  #isTooLong(hook: string): boolean {
    const times = (this.#exhausted.get(hook) ?? 0) + 1;
    this.#exhausted.set(hook, times);
    return times >= this.#exhaustions;
  }

  #isTooMany(now: number): boolean {
    this.#faults.push(now);
    if (this.#faults.length > FAULTS) this.#faults.shift();
    return this.#faults.length === FAULTS && now - (this.#faults[0] as number) <= WINDOW;
  }
}
