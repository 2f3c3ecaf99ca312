import { Fingerprint } from "./fingerprint";

/** A power of two. */
const PLACES: i32 = 64;

/**
 * Whose the keys are that were let in lately, so that one that comes again costs no digest. What is kept of a key is its
 * fingerprint, under a secret of the configuration. Keys that were refused are not kept: who guesses crowds out nobody.
 */
export class Recent {
  private readonly fingerprint: Fingerprint = new Fingerprint();
  private readonly words: StaticArray<u64> = new StaticArray<u64>(PLACES * 2);
  private readonly consumers: StaticArray<string | null> = new StaticArray<string | null>(PLACES);

  constructor(
    /** At least 16 bytes that nobody can guess. */
    private readonly secret: Uint8Array,
  ) {}

  /** Whose the key is; null when it has to be looked up. */
  find(key: string): string | null {
    const fingerprint = this.fingerprint;
    fingerprint.take(key, this.secret);
    const place = this.place;
    const differs =
      (unchecked(this.words[place << 1]) ^ fingerprint.low) |
      (unchecked(this.words[(place << 1) + 1]) ^ fingerprint.high);
    return differs === 0 ? unchecked(this.consumers[place]) : null;
  }

  /** Keeps the key that was looked for last. @param consumer a text that outlives the request */
  keep(consumer: string): void {
    const place = this.place;
    this.words[place << 1] = this.fingerprint.low;
    this.words[(place << 1) + 1] = this.fingerprint.high;
    this.consumers[place] = consumer;
  }

  private get place(): i32 {
    return <i32>(this.fingerprint.low & (PLACES - 1));
  }
}
