import type { Clock } from "../../telemetry/clock.ts";
import type { KeySetCopy, KeySetSource, VerificationKey } from "../../wasm/services/key-sets.ts";

/** How often a key that is not there is reported at most, in milliseconds: made-up key ids cost no messages. */
const INTERVAL = 1_000;

/** A worker's copy of key sets that the main thread keeps fresh. */
export class CopiedKeySets implements KeySetSource {
  readonly #clock: Clock;
  readonly #report: (keySet: string) => void;
  #copies: ReadonlyMap<string, KeySetCopy> = new Map();
  readonly #reported = new Map<string, number>();

  /** @param report told of key sets that lack a key */
  constructor(clock: Clock, report: (keySet: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  update(copies: readonly KeySetCopy[]): void {
    this.#copies = new Map(copies.map((copy) => [copy.name, copy]));
  }

  get(name: string): readonly VerificationKey[] | undefined {
    const copy = this.#copies.get(name);
    if (copy === undefined) return undefined;
    return this.#clock.now() <= copy.until ? copy.keys : [];
  }

  missed(name: string): void {
    if (!this.#copies.has(name)) return;
    const now = this.#clock.monotonic();
    if (now - (this.#reported.get(name) ?? Number.NEGATIVE_INFINITY) < INTERVAL) return;
    this.#reported.set(name, now);
    this.#report(name);
  }

  copies(): KeySetCopy[] {
    return [...this.#copies.values()];
  }

  onFetched(): void {}
}
