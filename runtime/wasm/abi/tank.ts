import { fuelLeft, hookAnswer, MOST_FUEL } from "../meter/fuel-answer.ts";
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
  #owed = 0;
  /** What a hook has left that has emptied the tank itself. */
  #left = 0;
  #isLeft = false;
  /** What was set aside for the next call, or filled in for it. */
  units = 0;

  /** The exports of a metered module; of another one, nothing is ever burnt. */
  attach(exports: Readonly<Record<string, unknown>>): void {
    this.#swap = exports[METER_EXPORTS.fuel] as FuelFunction | undefined;
  }

  /** Sets aside what the next hook may burn; either `pour` fills the tank with it, or the function that it is given to does. */
  provide(units: number): void {
    this.#owed = 0;
    this.#isLeft = false;
    this.units = Math.min(units, MOST_FUEL);
  }

  /** Fills the tank with what was set aside. */
  pour(): void {
    this.#swap?.(this.units);
  }

  /** What the guest may burn from now on. */
  fill(units: number): void {
    this.provide(units);
    this.units = Math.min(units, FULL);
    this.pour();
  }

  /** @param result of a function of {@link METER_EXPORTS}`.run`, which was given `units`. @returns what the hook answered */
  emptied(result: number): number {
    this.#left = fuelLeft(result);
    this.#isLeft = true;
    return hookAnswer(result);
  }

  /** Empties the tank. @returns what was left: below zero when the guest ran out */
  drain(): number {
    if (this.#swap === undefined) return this.units;
    const left = (this.#isLeft ? this.#left : this.#swap(0)) - this.#owed;
    this.#isLeft = false;
    this.#left = 0;
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
