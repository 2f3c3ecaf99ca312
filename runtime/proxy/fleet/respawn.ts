/** A thread that served for so long was all right when it started, in milliseconds. */
const STABLE = 10_000;
/** Replacements in a row that wait for nothing: a plugin is quarantined within them. */
const FREE = 4;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 10_000;

/** Decides when a thread that ended is replaced: at once, and later the more often it happens. */
export class Respawn {
  readonly #spawn: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #failures = 0;
  #stopped = false;

  constructor(spawn: () => void) {
    this.#spawn = spawn;
  }

  /** @param lived milliseconds */
  after(lived: number): void {
    if (this.#stopped) return;
    this.#failures = lived > STABLE ? 0 : this.#failures + 1;
    if (this.#failures <= FREE) this.#spawn();
    else this.#spawnAfter(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(20, this.#failures - FREE - 1)));
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #spawnAfter(wait: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#spawn();
    }, wait);
    this.#timers.add(timer.unref());
  }
}
