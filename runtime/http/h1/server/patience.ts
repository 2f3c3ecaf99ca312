import { Timed, type Wheel } from "../../../telemetry/wheel.ts";

/** A body may be slow for so long, in milliseconds. */
const RATE_GRACE = 10_000;
/** How often the rate of a body is looked at after that, in milliseconds. */
const RATE_INTERVAL = 1_000;

/**
 * How long a connection waits for its client: for what has to come next, for a body to come fast enough, and for the
 * client to read what was written. One timer for all of it, which is moved as seldom as possible: it looks at what has
 * become of the times when it fires. A class to derive from, since 10,000 connections should not have two objects each.
 */
export abstract class Patience extends Timed {
  readonly #wheel: Wheel;
  readonly #stallTimeout: number;
  /** When the timer fires. All times are the wheel's. */
  #firesAt = 0;
  #since = 0;
  #limit = 0;
  /** Bytes per second; 0 asks for none. */
  #rate = 0;
  /** Since when the client is not to blame; -1 while it is. */
  #heldSince = -1;
  /** Since when the client has read nothing of what waits for it; -1 while nothing does. */
  #blockedSince = -1;
  #unsent = 0;

  /** @param stallTimeout milliseconds for a client that reads nothing; 0 is off */
  constructor(wheel: Wheel, stallTimeout: number) {
    super();
    this.#wheel = wheel;
    this.#stallTimeout = stallTimeout;
  }

  /** What has to come did not come, or not fast enough. */
  protected abstract expired(): void;
  /** The client has read nothing for too long. */
  protected abstract stalled(): void;
  /** Bytes that wait for the client to read. */
  protected abstract get unsent(): number;
  /** Bytes of the body that is being waited for. */
  protected abstract get received(): number;

  /** Begins to wait for something. @param limit milliseconds; 0 is off. @param rate least bytes per second; 0 is off */
  protected wait(limit: number, rate: number = 0): void {
    this.#since = this.#wheel.now;
    this.#limit = limit;
    this.#rate = rate;
    this.#heldSince = -1;
    this.#look(limit);
    if (rate > 0) this.#look(RATE_GRACE);
  }

  /** Nothing has to come. */
  protected rest(): void {
    this.#limit = 0;
    this.#rate = 0;
  }

  /** The time from here on is not the client's, until `unhold`. */
  protected hold(): void {
    if (this.#heldSince < 0) this.#heldSince = this.#wheel.now;
  }

  protected unhold(): void {
    if (this.#heldSince < 0) return;
    this.#since += this.#wheel.now - this.#heldSince;
    this.#heldSince = -1;
  }

  /** Bytes wait for the client to read. */
  protected block(): void {
    this.#unsent = this.unsent;
    if (this.#blockedSince >= 0) return;
    this.#blockedSince = this.#wheel.now;
    this.#look(this.#stallTimeout);
  }

  protected unblock(): void {
    this.#blockedSince = -1;
  }

  protected stopWaiting(): void {
    this.#wheel.cancel(this);
  }

  fire(): void {
    const { now } = this.#wheel;
    if (this.#hasStalled(now)) this.stalled();
    else if (this.#hasExpired(now)) this.expired();
    // Also after one of them: it may wait for something else now.
    this.#look(this.#next(now));
  }

  #hasStalled(now: number): boolean {
    if (this.#blockedSince < 0 || this.#stallTimeout === 0) return false;
    const { unsent } = this;
    if (unsent === 0) this.#blockedSince = -1;
    else if (unsent < this.#unsent) this.#blockedSince = now;
    this.#unsent = unsent;
    return this.#blockedSince >= 0 && now - this.#blockedSince >= this.#stallTimeout;
  }

  #hasExpired(now: number): boolean {
    if (this.#heldSince >= 0) return false;
    const elapsed = now - this.#since;
    if (this.#limit > 0 && elapsed >= this.#limit) return true;
    return this.#rate > 0 && elapsed >= RATE_GRACE && this.received * 1_000 < this.#rate * elapsed;
  }

  /** Milliseconds until the timer has to look again; 0 for never. */
  #next(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    if (this.#blockedSince >= 0 && this.#stallTimeout > 0) next = this.#blockedSince + this.#stallTimeout - now;
    // While it is held the time that is left stands still.
    const since = this.#heldSince >= 0 ? this.#since + now - this.#heldSince : this.#since;
    if (this.#limit > 0) next = Math.min(next, since + this.#limit - now);
    if (this.#rate > 0) next = Math.min(next, Math.max(RATE_INTERVAL, since + RATE_GRACE - now));
    return next === Number.POSITIVE_INFINITY ? 0 : Math.max(1, next);
  }

  /** Sees to it that the timer fires no later than in so many milliseconds; 0 is off. */
  #look(within: number): void {
    if (within <= 0) return;
    const at = this.#wheel.now + within;
    if (this.due !== 0 && this.#firesAt <= at) return;
    this.#firesAt = at;
    this.#wheel.arm(this, within);
  }
}
