import type { Generation } from "./generation.ts";

/** The right of an exchange to run the generation that it began with, until it ends. Exchanges share one, counted. */
export interface Lease {
  readonly generation: Generation;
  /** Which hooks the generation has. */
  readonly onRequest: boolean;
  readonly onResponse: boolean;
  readonly onLog: boolean;
  /** Whether it has hooks for what follows a head: a body, or its trailers. */
  readonly requestBody: boolean;
  readonly responseBody: boolean;
  /** Whether it wants to hear that an exchange is over. */
  readonly hears: boolean;
  /** Exactly once for each time that the slot gave it. */
  release(): void;
}

/** Where the life of a plugin meets the life of a request: delivery swaps generations, exchanges lease them. */
export interface Slot {
  readonly name: string;
  /** What new exchanges get; undefined until the first swap and after close. */
  readonly current: Generation | undefined;
  lease(): Lease | undefined;
  /** From now on exchanges lease `next`; the old generation closes when its last lease is released. */
  swap(next: Generation): void;
  close(): void;
  /** Generations that were replaced and still serve exchanges. */
  readonly retiring: number;
}

export function createSlot(name: string): Slot {
  return new CountingSlot(name);
}

class CountingSlot implements Slot {
  readonly name: string;
  retiring = 0;
  #held: Held | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  get current(): Generation | undefined {
    return this.#held?.generation;
  }

  lease(): Lease | undefined {
    const held = this.#held;
    if (held !== undefined) held.leases++;
    return held;
  }

  swap(next: Generation): void {
    this.close();
    this.#held = new Held(next, this);
  }

  close(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.retiring++;
    held.retired = true;
    held.settle();
  }
}

class Held implements Lease {
  readonly generation: Generation;
  readonly onRequest: boolean;
  readonly onResponse: boolean;
  readonly onLog: boolean;
  readonly requestBody: boolean;
  readonly responseBody: boolean;
  readonly hears: boolean;
  leases = 0;
  retired = false;
  readonly #slot: CountingSlot;

  constructor(generation: Generation, slot: CountingSlot) {
    this.generation = generation;
    this.onRequest = generation.hooks.has("on-request");
    this.onResponse = generation.hooks.has("on-response");
    this.onLog = generation.hooks.has("on-log");
    this.requestBody = (generation.onRequestBody ?? generation.onRequestTrailers) !== undefined;
    this.responseBody = (generation.onResponseBody ?? generation.onResponseTrailers) !== undefined;
    this.hears = generation.release !== undefined;
    this.#slot = slot;
  }

  release(): void {
    this.leases--;
    if (this.retired) this.settle();
  }

  /** Closes the generation when nobody is left who may run it. */
  settle(): void {
    if (this.leases > 0) return;
    this.#slot.retiring--;
    this.generation.close();
  }
}
