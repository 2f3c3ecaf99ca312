import type { Generation } from "./generation.ts";
import type { Quarantine } from "./health/quarantine.ts";

/** What a generation has hooks for once its request has passed, in one number for a chain to add up. */
export const WANTS = { response: 1, log: 2, requestBody: 4, responseBody: 8, release: 16 } as const;

/** The right of an exchange to run the generation that it began with, until it ends. Exchanges share one, counted. */
export interface Lease {
  readonly generation: Generation;
  /** The generation's. */
  readonly version: string;
  /** Which hooks the generation has. */
  readonly onRequest: boolean;
  readonly onResponse: boolean;
  readonly onLog: boolean;
  /** Whether it has hooks for what follows a head: a body, or its trailers. */
  readonly requestBody: boolean;
  readonly responseBody: boolean;
  /** Bits of `WANTS`. */
  readonly wants: number;
  /** Exactly once for each time that the slot gave it. */
  release(): void;
}

/** Where the life of a plugin meets the life of a request: delivery swaps generations, exchanges lease them. */
export interface Slot {
  readonly name: string;
  /** What new exchanges get; undefined until the first swap and after close. */
  readonly current: Generation | undefined;
  lease(): Lease | undefined;
  /** Leases that were released, ever: exchanges that have met the plugin and ended. */
  readonly released: number;
  /**
   * From now on exchanges lease `next`; the old generation closes when its last lease is released.
   *
   * @param keep keeps the old one warm for `revert`, unless it is in quarantine itself: then the one that it kept stays
   */
  swap(next: Generation, keep?: boolean): void;
  /** From now on exchanges lease the generation that was kept. False: there is none. */
  revert(because: Quarantine): boolean;
  close(): void;
  /** Generations that were replaced and still serve exchanges. */
  readonly retiring: number;
  /** Why the generation that was swapped in last does not serve, or is not run. */
  readonly quarantine: Quarantine | undefined;
}

export function createSlot(name: string): Slot {
  return new CountingSlot(name);
}

class CountingSlot implements Slot {
  readonly name: string;
  retiring = 0;
  released = 0;
  #held: Held | undefined = undefined;
  /** Warm, for `revert`. */
  #kept: Held | undefined = undefined;
  #reverted: Quarantine | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  get current(): Generation | undefined {
    return this.#held?.generation;
  }

  get quarantine(): Quarantine | undefined {
    return this.#reverted ?? this.#held?.generation.quarantine;
  }

  lease(): Lease | undefined {
    const held = this.#held;
    if (held !== undefined) held.leases++;
    return held;
  }

  swap(next: Generation, keep = false): void {
    const before = this.#held;
    this.#reverted = undefined;
    this.#held = new Held(next, this);
    if (keep && before !== undefined && before.generation.quarantine === undefined) {
      this.#retire(this.#kept);
      this.#kept = before;
      return;
    }
    this.#retire(before);
    if (keep) return;
    this.#retire(this.#kept);
    this.#kept = undefined;
  }

  revert(because: Quarantine): boolean {
    const kept = this.#kept;
    if (kept === undefined) return false;
    const before = this.#held;
    this.#held = kept;
    this.#kept = undefined;
    this.#reverted = because;
    this.#retire(before);
    return true;
  }

  close(): void {
    const [held, kept] = [this.#held, this.#kept];
    this.#held = undefined;
    this.#kept = undefined;
    this.#reverted = undefined;
    this.#retire(held);
    this.#retire(kept);
  }

  #retire(held: Held | undefined): void {
    if (held === undefined) return;
    this.retiring++;
    held.retired = true;
    held.settle();
  }
}

class Held implements Lease {
  readonly generation: Generation;
  readonly version: string;
  readonly onRequest: boolean;
  readonly onResponse: boolean;
  readonly onLog: boolean;
  readonly requestBody: boolean;
  readonly responseBody: boolean;
  readonly wants: number;
  leases = 0;
  retired = false;
  readonly #slot: CountingSlot;

  constructor(generation: Generation, slot: CountingSlot) {
    this.generation = generation;
    this.version = generation.version;
    this.onRequest = generation.hooks.has("on-request");
    this.onResponse = generation.hooks.has("on-response");
    this.onLog = generation.hooks.has("on-log");
    this.requestBody = (generation.onRequestBody ?? generation.onRequestTrailers) !== undefined;
    this.responseBody = (generation.onResponseBody ?? generation.onResponseTrailers) !== undefined;
    this.wants =
      (this.onResponse ? WANTS.response : 0) |
      (this.onLog ? WANTS.log : 0) |
      (this.requestBody ? WANTS.requestBody : 0) |
      (this.responseBody ? WANTS.responseBody : 0) |
      (generation.release === undefined ? 0 : WANTS.release);
    this.#slot = slot;
  }

  release(): void {
    this.leases--;
    this.#slot.released++;
    if (this.retired) this.settle();
  }

  /** Closes the generation when nobody is left who may run it. */
  settle(): void {
    if (this.leases > 0) return;
    this.#slot.retiring--;
    this.generation.close();
  }
}
