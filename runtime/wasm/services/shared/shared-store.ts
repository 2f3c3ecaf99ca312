import type { Store, StoreEntry, Written } from "../store.ts";
import { takeBack } from "./lock.ts";
import { LockedShelves, type Opened } from "./locked-shelves.ts";
import { type ShelfKey, shelfKey } from "./shelf.ts";
import * as at from "./shelf-layout.ts";

export interface SharedStoreOptions {
  /** The same in every thread: not `performance.now`, which counts from the start of its thread. */
  readonly clock: { monotonic(): number };
  /** Positive, this thread's own. */
  readonly owner: number;
  /** What `allocateShelf` made for a plugin; the same memory in every thread. */
  readonly memoryOf: (plugin: string) => SharedArrayBuffer;
}

/** Key-value storage that threads share. A thread that ends in the middle of a write empties the shelf: it is a cache. */
export function createSharedStore(options: SharedStoreOptions): Store {
  return new SharedStore(options);
}

/** Frees a shelf that a thread was working on when it was ended. */
export function recoverShelf(memory: SharedArrayBuffer, owner: number): void {
  takeBack(new Int32Array(memory), at.LOCK, owner);
}

class SharedStore implements Store {
  readonly #clock: SharedStoreOptions["clock"];
  readonly #shelves: LockedShelves;

  constructor({ clock, owner, memoryOf }: SharedStoreOptions) {
    this.#clock = clock;
    this.#shelves = new LockedShelves(owner, memoryOf);
  }

  get(plugin: string, name: string): StoreEntry | undefined {
    return this.#locked(plugin, name, ({ shelf }, key, now) => {
      const entry = shelf.find(key, now);
      return entry === 0 ? undefined : { value: shelf.value(entry), version: shelf.version(entry) };
    });
  }

  set(plugin: string, name: string, value: Uint8Array, ttlMs: number): Written {
    return this.#locked(plugin, name, (opened, key, now) => write(opened, key, value, ttlMs, now));
  }

  compareAndSet(plugin: string, name: string, expected: number, value: Uint8Array, ttlMs: number): Written {
    return this.#locked(plugin, name, (opened, key, now) => {
      const { shelf } = opened;
      const same = shelf.version(shelf.find(key, now)) === expected;
      return same ? write(opened, key, value, ttlMs, now) : "conflict";
    });
  }

  delete(plugin: string, name: string): boolean {
    return this.#locked(plugin, name, ({ shelf }, key, now) => {
      const entry = shelf.find(key, now);
      if (entry !== 0) shelf.remove(entry);
      return entry !== 0;
    });
  }

  get entries(): number {
    return this.#sum(at.COUNT);
  }

  get bytes(): number {
    return this.#sum(at.BYTES);
  }

  #sum(word: number): number {
    return this.#shelves.known.reduce((sum, { layout }) => sum + Atomics.load(layout.words, word), 0);
  }

  #locked<T>(plugin: string, name: string, work: (opened: Opened, key: ShelfKey, now: number) => T): T {
    const now = this.#clock.monotonic();
    return this.#shelves.locked(plugin, (opened) => work(opened, shelfKey(opened.layout, name), now)) as T;
  }
}

function write({ shelf, layout }: Opened, key: ShelfKey, value: Uint8Array, ttlMs: number, now: number): Written {
  if (key.bytes.length + value.length > layout.maxBytes) return "too-large";
  const entry = shelf.find(key, now);
  if (entry !== 0) shelf.remove(entry);
  shelf.add(key, value, ttlMs === 0 ? Number.POSITIVE_INFINITY : now + ttlMs);
  return "done";
}
