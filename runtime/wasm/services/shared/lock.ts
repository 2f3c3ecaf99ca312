/**
 * A lock is one 32-bit word in shared memory: 0, or the number of the thread that holds it. Sections are a few hundred
 * nanoseconds long, so whoever waits spins first and then sleeps for a millisecond at a time.
 */

const SPINS = 1_000;

/** How many calls deep a section may go below the one that took its lock. */
const DEPTH = 24;

/** @param owner positive, never used by another thread before or after */
export function acquire(words: Int32Array, at: number, owner: number): void {
  ensureStack(DEPTH);
  for (let spins = 1; ; spins++) {
    const holder = Atomics.compareExchange(words, at, 0, owner);
    if (holder === 0) return;
    if (spins % SPINS === 0) Atomics.wait(words, at, holder, 1);
  }
}

export function release(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0);
}

/** Frees what a thread held that was ended from outside. Returns whether it held this lock. */
export function takeBack(words: Int32Array, at: number, owner: number): boolean {
  return Atomics.compareExchange(words, at, owner, 0) === owner;
}

/**
 * Overflows the stack here, where nothing is held yet, rather than inside the section: a guest may have recursed to the
 * end of the stack before it called its host.
 */
function ensureStack(depth: number): number {
  return depth === 0 ? 0 : 1 + ensureStack(depth - 1);
}
