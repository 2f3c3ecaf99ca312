import type { Clock } from "./clock.ts";

/** A timeout that its owner keeps and arms again and again: arming, moving and cancelling allocate nothing. */
export class Timer {
  readonly fire: () => void;
  /** The tick in which it fires; 0 while it is not armed. */
  due = 0;
  previous: Timer | undefined = undefined;
  next: Timer | undefined = undefined;

  constructor(fire: () => void) {
    this.fire = fire;
  }
}

/** Any number of coarse timeouts over one timer of the system (a hashed wheel: Varghese and Lauck, 1987). */
export interface Wheel {
  /** Fires once, never early and at most two ticks late; an armed timer is moved. 0 and less cancel it. @param after milliseconds */
  arm(timer: Timer, after: number): void;
  cancel(timer: Timer): void;
  /** Monotonic milliseconds, at most one tick old while any timer is armed; free to read. */
  readonly now: number;
  /** Fires what is due by the clock; the system's timer does this by itself. */
  turn(): void;
  stop(): void;
}

/** @param tick resolution in milliseconds. @param slots of the wheel; more timeouts than one turn holds wait for another turn */
export function createWheel({ clock, tick = 20, slots = 512 }: { clock: Clock; tick?: number; slots?: number }): Wheel {
  return new HashedWheel(clock, tick, slots);
}

class HashedWheel implements Wheel {
  readonly #clock: Clock;
  readonly #tick: number;
  /** Circular lists; the heads are timers that never fire. */
  readonly #slots: readonly Timer[];
  #interval: NodeJS.Timeout | undefined = undefined;
  #armed = 0;
  #turned = 0;

  constructor(clock: Clock, tick: number, slots: number) {
    this.#clock = clock;
    this.#tick = tick;
    this.#slots = Array.from({ length: slots }, createHead);
  }

  get now(): number {
    return this.#interval === undefined ? this.#clock.monotonic() : this.#turned * this.#tick;
  }

  arm(timer: Timer, after: number): void {
    if (timer.due !== 0) this.#unlink(timer);
    if (after <= 0) return;
    if (this.#interval === undefined) this.#start();
    timer.due = this.#turned + Math.ceil(after / this.#tick) + 1;
    const head = this.#slots[timer.due % this.#slots.length] as Timer;
    const last = head.previous as Timer;
    timer.previous = last;
    timer.next = head;
    last.next = timer;
    head.previous = timer;
    this.#armed += 1;
  }

  cancel(timer: Timer): void {
    if (timer.due !== 0) this.#unlink(timer);
  }

  turn(): void {
    const now = Math.floor(this.#clock.monotonic() / this.#tick);
    // After a long sleep every slot is due once, not once per missed turn.
    const from = Math.max(this.#turned, now - this.#slots.length);
    this.#turned = now;
    for (let at = from + 1; at <= now; at += 1) this.#empty(this.#slots[at % this.#slots.length] as Timer, now);
    if (this.#armed === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }

  #start(): void {
    this.#turned = Math.floor(this.#clock.monotonic() / this.#tick);
    this.#interval = setInterval(() => this.turn(), this.#tick).unref();
  }

  /** A fired timer may arm or cancel any other, so the list is read from its head each time. */
  #empty(head: Timer, now: number): void {
    let timer = head.next as Timer;
    while (timer !== head) {
      if (timer.due > now) {
        timer = timer.next as Timer;
        continue;
      }
      this.#unlink(timer);
      timer.fire();
      timer = head.next as Timer;
    }
  }

  #unlink(timer: Timer): void {
    (timer.previous as Timer).next = timer.next;
    (timer.next as Timer).previous = timer.previous;
    timer.due = 0;
    timer.previous = undefined;
    timer.next = undefined;
    this.#armed -= 1;
  }
}

function createHead(): Timer {
  const head = new Timer(() => {});
  head.previous = head;
  head.next = head;
  return head;
}
