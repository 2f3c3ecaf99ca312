import type { H1Call } from "./h1-call.ts";

/** So many that were given up are not worth a sweep. */
const FEW = 64;

/**
 * Calls that wait for a connection, first come first served. Those that were given up stay until their turn comes, or
 * there are more of them than of others.
 */
export class CallQueue {
  #calls: H1Call[] = [];
  #first = 0;
  /** Calls that still want a connection. */
  length = 0;

  push(call: H1Call): void {
    call.carrier = this;
    this.#calls.push(call);
    this.length += 1;
  }

  shift(): H1Call | undefined {
    while (this.#first < this.#calls.length) {
      const call = this.#calls[this.#first] as H1Call;
      this.#first += 1;
      if (this.#first * 2 > this.#calls.length) this.#compact();
      if (call.over) continue;
      this.length -= 1;
      call.carrier = undefined;
      return call;
    }
    return undefined;
  }

  resume(): void {}

  giveUp(): void {
    this.length -= 1;
    // While no connection comes free nobody takes them out.
    if (this.#calls.length > 2 * this.length + FEW) this.#compact();
  }

  #compact(): void {
    this.#calls = this.#calls.filter((call, index) => index >= this.#first && !call.over);
    this.#first = 0;
  }
}
