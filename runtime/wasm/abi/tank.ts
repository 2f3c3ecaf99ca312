import { METER_EXPORTS } from "../meter/meter-exports.ts";
import { GuestFault } from "./guest-fault.ts";

type FuelFunction = (units: number) => number;

/** The most that a tank holds. */
const FULL = 0x7fff_ffff;
/** What host calls cost is taken out of the guest's tank when it comes to so much: reading it costs more than adding. */
const OWED = 8192;

/**
 * The fuel of one instance. The guest burns it by itself; what the host does for it is added up here. Between hooks the
 * tank is empty, so that nothing of the guest's can run unasked.
 */
export class Tank {
  #swap: FuelFunction | undefined;
  #filled = 0;
  #owed = 0;

  /** The exports of a metered module; of another one, nothing is ever burnt. */
  attach(exports: Readonly<Record<string, unknown>>): void {
    this.#swap = exports[METER_EXPORTS.fuel] as FuelFunction | undefined;
  }

  /** What the guest may burn from now on. */
  fill(units: number): void {
    this.#owed = 0;
    this.#filled = Math.min(units, FULL);
    this.#swap?.(this.#filled);
  }

  /** Empties the tank. @returns what was left: below zero when the guest ran out */
  drain(): number {
    if (this.#swap === undefined) return this.#filled;
    const left = this.#swap(0) - this.#owed;
    this.#owed = 0;
    return left;
  }

  /** The host works for the guest. */
  owe(units: number): void {
    this.#owed += units;
    if (this.#owed >= OWED) this.#settle();
  }

  /** Runs code of the guest before anybody else watches over it. @throws GuestFault without fuel */
  run(code: () => void): void {
    try {
      code();
    } catch (thrown) {
      if (this.drain() < 0) throw new GuestFault("FUEL_EXHAUSTED", "it used up its time", { cause: thrown });
      throw thrown;
    }
  }

  /** The guest's start function, which the meter keeps from running by itself. */
  start(exports: Readonly<Record<string, unknown>>): void {
    (exports[METER_EXPORTS.start] as (() => void) | undefined)?.();
  }

  /** The guest notices at its next charge that nothing is left. */
  #settle(): void {
    const swap = this.#swap;
    if (swap === undefined) return;
    swap(Math.max(swap(0) - this.#owed, -1));
    this.#owed = 0;
  }
}
