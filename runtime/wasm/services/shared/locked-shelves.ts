import { acquire, release } from "./lock.ts";
import { Shelf } from "./shelf.ts";
import * as at from "./shelf-layout.ts";

export interface Opened {
  readonly layout: at.ShelfLayout;
  readonly shelf: Shelf;
}

/** The shelves that threads share, by name, and their locks. A thread that ends in the midst of its work empties the shelf. */
export class LockedShelves {
  readonly #owner: number;
  readonly #memoryOf: (name: string) => SharedArrayBuffer | undefined;
  readonly #opened = new Map<string, Opened>();

  /**
   * @param owner positive, this thread's own
   * @param memoryOf what `allocateShelf` made; the same memory in every thread
   */
  constructor(owner: number, memoryOf: (name: string) => SharedArrayBuffer | undefined) {
    this.#owner = owner;
    this.#memoryOf = memoryOf;
  }

  get known(): readonly Opened[] {
    return [...this.#opened.values()];
  }

  /** Undefined without such a shelf. */
  locked<T>(name: string, work: (opened: Opened) => T): T | undefined {
    const opened = this.#opened.get(name) ?? this.#open(name);
    if (opened === undefined) return undefined;
    const { words } = opened.layout;
    acquire(words, at.LOCK, this.#owner);
    try {
      if (words[at.DIRTY] !== 0) at.resetShelf(opened.layout);
      words[at.DIRTY] = 1;
      const result = work(opened);
      words[at.DIRTY] = 0;
      return result;
    } finally {
      release(words, at.LOCK);
    }
  }

  #open(name: string): Opened | undefined {
    const memory = this.#memoryOf(name);
    if (memory === undefined) return undefined;
    const layout = at.openShelf(memory);
    const opened = { layout, shelf: new Shelf(layout) };
    this.#opened.set(name, opened);
    return opened;
  }
}
