/** Tells a program that never sleeps how long it has kept itself from its work. */
export interface StallWatch {
  /** To be called in every turn of the event loop, with the time in milliseconds. */
  look(at: number): void;
  /** Begins anew. */
  reset(at: number): void;
  /** Milliseconds of CPU time: the most that this program computed between two looks, be it a collection or its compiler. */
  readonly own: number;
}

/** Looks that come sooner are not worth a system call. */
const STEP = 0.25;

/**
 * Somebody else's turn on this CPU is not this program's stall: where an upstream has it because a proxy has sent it at once
 * what it held back, the delay is the proxy's. Whether a program computed or waited is what CPU time tells.
 */
export function createStallWatch(spent: () => number = spentSoFar): StallWatch {
  let [seen, before, own] = [0, 0, 0];
  return {
    look(at) {
      if (at - seen < STEP) return;
      const now = spent();
      own = Math.max(own, now - before);
      [seen, before] = [at, now];
    },
    reset(at) {
      [seen, before, own] = [at, spent(), 0];
    },
    get own() {
      return own;
    },
  };
}

/** Of all threads: while helpers collect or compile, the one that answers waits. */
function spentSoFar(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
