/** What may not be used again at once. */
export interface Resting {
  rested(): void;
}

/**
 * A connection rests after a response until its thread has polled all sockets once more. Bytes that an endpoint sends
 * right behind a response (a second response to a smuggled request, say) arrive after the read that ended the first one;
 * a connection that was reused in the same turn of the event loop would take them for the next response. What rests for
 * a full poll phase and stays silent had nothing on its way then. From there on the poll phase finds such bytes by
 * itself: what had arrived before the last poll is known before a request of a later turn is. No check can know of bytes
 * that arrive later, between that poll and the real response.
 *
 * Undici defers every request on an idle connection by a turn for this (GHSA-35p6-xmwp-9g52). Here the connection waits
 * and no request does, unless the pool has no other: the price is a connection or two more. The immediates keep no turn
 * of the loop awake unless a request waits.
 */
class Rest {
  /** Since the last poll phase, and since the one before. */
  #fresh: Resting[] = [];
  #aged: Resting[] = [];
  /** Kept when it is over: while there is one, the engine keeps the code that it has optimised for them. */
  #immediate: NodeJS.Immediate | undefined = undefined;
  #scheduled = false;
  #hurried = false;
  readonly #turn = (): void => this.#turned();

  add(one: Resting): void {
    this.#fresh.push(one);
    if (!this.#scheduled) this.#schedule();
  }

  /** A request waits for something that rests. */
  hurry(): void {
    this.#hurried = true;
    if (this.#scheduled) this.#immediate?.ref();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#immediate = setImmediate(this.#turn);
    if (!this.#hurried) this.#immediate.unref();
  }

  #turned(): void {
    const rested = this.#aged;
    this.#aged = this.#fresh;
    this.#fresh = [];
    this.#scheduled = false;
    if (this.#aged.length > 0) this.#schedule();
    else this.#hurried = false;
    for (let i = 0; i < rested.length; i++) (rested[i] as Resting).rested();
  }
}

/** This thread's. */
export const rest: Rest = new Rest();
