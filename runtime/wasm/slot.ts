import type { Generation } from "./generation.ts";

/** The right of one exchange to run the generation that it began with, until it ends. */
export interface Lease {
  readonly generation: Generation;
  /** Once per lease; more often does nothing. */
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

interface Held {
  readonly generation: Generation;
  leases: number;
  retired: boolean;
}

export function createSlot(name: string): Slot {
  let current: Held | undefined;
  let retiring = 0;

  const settle = (held: Held): void => {
    if (!held.retired || held.leases > 0) return;
    retiring--;
    held.generation.close();
  };
  const retire = (): void => {
    if (current === undefined) return;
    const held = current;
    current = undefined;
    held.retired = true;
    retiring++;
    settle(held);
  };
  return {
    name,
    get current() {
      return current?.generation;
    },
    lease() {
      return current === undefined ? undefined : createLease(current, settle);
    },
    swap(next) {
      retire();
      current = { generation: next, leases: 0, retired: false };
    },
    close: retire,
    get retiring() {
      return retiring;
    },
  };
}

function createLease(held: Held, settle: (held: Held) => void): Lease {
  held.leases++;
  let released = false;
  return {
    generation: held.generation,
    release() {
      if (released) return;
      released = true;
      held.leases--;
      settle(held);
    },
  };
}
