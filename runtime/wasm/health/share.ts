/** Over how many milliseconds the share of a thread is reckoned. */
const WINDOW = 1_000;

export interface ShareOptions {
  /** Of the thread's time: 1 is all of it. */
  readonly share: number;
  /** Units of fuel that a thread burns in a millisecond. */
  readonly fuelPerMilli: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Holds a plugin to its share of a thread's time, by the fuel that it has burnt. The clock is read only when a second's
 * worth of the share has been burnt: if that took less than a second, the plugin is shed for the rest of it.
 */
export class Share {
  readonly #monotonic: () => number;
  readonly #perWindow: number;
  #began: number;
  /** Fuel beyond which the clock has to be asked. */
  allowance: number;

  constructor({ share, fuelPerMilli, monotonic }: ShareOptions) {
    this.#monotonic = monotonic;
    this.#perWindow = share * fuelPerMilli * WINDOW;
    this.#began = monotonic();
    this.allowance = this.#perWindow;
  }

  /** For fuel beyond the allowance. Monotonic milliseconds until which the plugin is shed; undefined when it took its time. */
  exceeded(fuelUsed: number): number | undefined {
    const now = this.#monotonic();
    const end = this.#began + WINDOW;
    this.#began = Math.max(now, end);
    this.allowance = fuelUsed + this.#perWindow;
    return now < end ? end : undefined;
  }
}
