import type { Clock } from "./clock.ts";

/** Something that a wheel fires. A few kinds of it are fast, many are not: see `Alarm`. */
export abstract class Timed {
  /** The tick in which it fires; 0 while it is not armed. The wheel's, like its neighbours. */
  due = 0;
  previous: Timed | undefined = undefined;
  next: Timed | undefined = undefined;

  abstract fire(): void;
}

/** A timeout that its owner keeps and arms again and again: arming, moving and cancelling allocate nothing. */
export class Timer extends Timed {
  readonly #fire: () => void;

  constructor(fire: () => void) {
    super();
    this.#fire = fire;
  }

  fire(): void {
    this.#fire();
  }
}

/** A timeout of an object that there are very many of: neither a closure each nor another kind of `Timed`. */
export class Alarm extends Timed {
  readonly #owner: { expired(): void };

  constructor(owner: { expired(): void }) {
    super();
    this.#owner = owner;
  }

  fire(): void {
    this.#owner.expired();
  }
}

/**
 * Any number of coarse timeouts over one timer of the system (a hashed wheel: Varghese and Lauck, 1987). What has come while
 * the thread was held up is read before anything is found too late.
 */
export interface Wheel {
  /**
   * Fires once, never early and at most two ticks late; an armed timer is moved. 0, less and infinity cancel it.
   *
   * @param after milliseconds
   * @param from a reading of the monotonic clock, where the caller has one
   */
  arm(timer: Timed, after: number, from?: number): void;
  cancel(timer: Timed): void;
  /** Monotonic milliseconds, at most one tick old while any timer is armed; free to read. */
  readonly now: number;
  /** Fires what is due by the clock; the system's timer does this by itself. */
  turn(): void;
  stop(): void;
}

/** Ticks by which a turn is late that its thread was held up for. */
const HELD_UP = 3;

/** @param tick resolution in milliseconds. @param slots of the wheel; more timeouts than one turn holds wait for another turn */
export function createWheel({ clock, tick = 20, slots = 512 }: { clock: Clock; tick?: number; slots?: number }): Wheel {
  return new HashedWheel(clock, tick, slots);
}

class HashedWheel implements Wheel {
  readonly #clock: Clock;
  readonly #tick: number;
  /** Circular lists; the heads are timers that never fire. */
  readonly #slots: readonly Timed[];
  /** What is due and has not been fired yet. */
  readonly #firing: Timed = createHead();
  #interval: NodeJS.Timeout | undefined = undefined;
  #armed = 0;
  #turned = 0;
  /** The tick in which the clock was read last: after a hold-up before what is due has fired. */
  #read = 0;

  constructor(clock: Clock, tick: number, slots: number) {
    this.#clock = clock;
    this.#tick = tick;
    this.#slots = Array.from({ length: slots }, createHead);
  }

  get now(): number {
    return this.#interval === undefined ? this.#clock.monotonic() : this.#read * this.#tick;
  }

  arm(timer: Timed, after: number, from: number = this.#clock.monotonic()): void {
    if (timer.due !== 0) this.#unlink(timer);
    if (!(after > 0 && after < Number.POSITIVE_INFINITY)) return;
    if (this.#interval === undefined) this.#start();
    const due = Math.floor((from + after) / this.#tick) + 1;
    // A slot that the wheel has passed comes again only after a whole turn.
    timer.due = due > this.#turned ? due : this.#turned + 1;
    append(this.#slots[timer.due % this.#slots.length] as Timed, timer);
    this.#armed += 1;
  }

  cancel(timer: Timed): void {
    if (timer.due !== 0) this.#unlink(timer);
  }

  turn(): void {
    const now = this.#readClock();
    // After a long sleep every slot is due once, not once per missed turn.
    const from = Math.max(this.#turned, now - this.#slots.length);
    this.#turned = Math.max(this.#turned, now);
    for (let at = from + 1; at <= now; at += 1) {
      collect(this.#slots[at % this.#slots.length] as Timed, now, this.#firing);
      this.#fireAll();
    }
    if (this.#armed === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }

  #start(): void {
    this.#turned = this.#readClock();
    this.#interval = setInterval(() => this.#tickOver(), this.#tick).unref();
  }

  /** Timers of the system come before its sockets in a turn of the event loop, and immediates behind them. */
  #tickOver(): void {
    if (this.#readClock() <= this.#turned + HELD_UP) this.turn();
    else setImmediate(() => this.turn());
  }

  #readClock(): number {
    this.#read = Math.max(this.#read, Math.floor(this.#clock.monotonic() / this.#tick));
    return this.#read;
  }

  /** A fired timer may arm or cancel any other, so the list is read from its head each time. */
  #fireAll(): void {
    for (let timer = this.#firing.next as Timed; timer !== this.#firing; timer = this.#firing.next as Timed) {
      this.#unlink(timer);
      timer.fire();
    }
  }

  #unlink(timer: Timed): void {
    detach(timer);
    timer.due = 0;
    timer.previous = undefined;
    timer.next = undefined;
    this.#armed -= 1;
  }
}

/** Moves what is due from one list to the end of another. */
function collect(from: Timed, now: number, to: Timed): void {
  let timer = from.next as Timed;
  while (timer !== from) {
    const next = timer.next as Timed;
    if (timer.due <= now) {
      detach(timer);
      append(to, timer);
    }
    timer = next;
  }
}

function append(head: Timed, timer: Timed): void {
  const last = head.previous as Timed;
  timer.previous = last;
  timer.next = head;
  last.next = timer;
  head.previous = timer;
}

function detach(timer: Timed): void {
  (timer.previous as Timed).next = timer.next;
  (timer.next as Timed).previous = timer.previous;
}

function createHead(): Timed {
  const head = new Timer(() => {});
  head.previous = head;
  head.next = head;
  return head;
}
