export interface StoreEntry {
  readonly value: Uint8Array;
  /** Grows with every write of the key; never 0. */
  readonly version: number;
}

export type Written = "done" | "conflict" | "too-large" | "full";

/** Key-value storage of one worker, separate per plugin. `ttlMs` 0 keeps an entry until it is evicted or deleted. */
export interface Store {
  get(plugin: string, key: string): StoreEntry | undefined;
  set(plugin: string, key: string, value: Uint8Array, ttlMs: number): Written;
  /** Writes only if the stored version is `expected`; 0 expects no entry. */
  compareAndSet(plugin: string, key: string, expected: number, value: Uint8Array, ttlMs: number): Written;
  delete(plugin: string, key: string): boolean;
  /** Of all plugins, expired entries included until they are noticed. */
  readonly entries: number;
  readonly bytes: number;
}

export interface StoreOptions {
  readonly clock: { monotonic(): number };
  /** Per plugin. */
  readonly maxEntries?: number;
  /** Per plugin, keys included. */
  readonly maxBytes?: number;
}

interface Kept extends StoreEntry {
  readonly expires: number;
}

interface Shelf {
  /** In order of last write. */
  readonly entries: Map<string, Kept>;
  bytes: number;
  lastVersion: number;
}

/** In memory, bounded: when a plugin's share is used up, what it wrote longest ago is evicted. */
export function createStore({ clock, maxEntries = 10_000, maxBytes = 1024 * 1024 }: StoreOptions): Store {
  const shelves = new Map<string, Shelf>();

  const shelfOf = (plugin: string): Shelf => {
    const shelf = shelves.get(plugin) ?? { entries: new Map(), bytes: 0, lastVersion: 0 };
    shelves.set(plugin, shelf);
    return shelf;
  };
  const live = (shelf: Shelf, key: string): Kept | undefined => {
    const kept = shelf.entries.get(key);
    if (kept === undefined || kept.expires > clock.monotonic()) return kept;
    remove(shelf, key);
    return undefined;
  };
  const write = (shelf: Shelf, key: string, value: Uint8Array, ttlMs: number): Written => {
    const size = sizeOf(key, value);
    if (size > maxBytes) return "too-large";
    remove(shelf, key);
    while (shelf.entries.size >= maxEntries || shelf.bytes + size > maxBytes) evict(shelf);
    const expires = ttlMs === 0 ? Number.POSITIVE_INFINITY : clock.monotonic() + ttlMs;
    shelf.lastVersion = shelf.lastVersion === 0xffff_ffff ? 1 : shelf.lastVersion + 1;
    shelf.entries.set(key, { value: new Uint8Array(value), version: shelf.lastVersion, expires });
    shelf.bytes += size;
    return "done";
  };
  return {
    get: (plugin, key) => live(shelfOf(plugin), key),
    set: (plugin, key, value, ttlMs) => write(shelfOf(plugin), key, value, ttlMs),
    compareAndSet(plugin, key, expected, value, ttlMs) {
      const shelf = shelfOf(plugin);
      return (live(shelf, key)?.version ?? 0) === expected ? write(shelf, key, value, ttlMs) : "conflict";
    },
    delete(plugin, key) {
      const shelf = shelfOf(plugin);
      return live(shelf, key) !== undefined && remove(shelf, key);
    },
    get entries() {
      return [...shelves.values()].reduce((sum, { entries }) => sum + entries.size, 0);
    },
    get bytes() {
      return [...shelves.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    },
  };
}

function remove(shelf: Shelf, key: string): boolean {
  const kept = shelf.entries.get(key);
  if (kept === undefined) return false;
  const size = sizeOf(key, kept.value);
  // Last, after all that can overflow the stack of a guest that recursed to its end: the count never goes below the truth.
  shelf.entries.delete(key);
  shelf.bytes -= size;
  return true;
}

function evict(shelf: Shelf): void {
  const oldest = shelf.entries.keys().next();
  if (!oldest.done) remove(shelf, oldest.value);
}

function sizeOf(key: string, value: Uint8Array): number {
  return key.length * 2 + value.length;
}
