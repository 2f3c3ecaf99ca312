import type { H1Call } from "./h1-call.ts";

/** Calls that wait for a connection, first come first served. Those that were given up stay until their turn comes. */
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
  }

  #compact(): void {
    this.#calls = this.#calls.slice(this.#first);
    this.#first = 0;
  }
}
