import type { Store } from "../wasm/services/store.ts";

/** What a filter keeps in the store, as text. */
export interface FakeStore {
  get(key: string): string | undefined;
  /** @param ttlMs 0 keeps it. @default 0 */
  set(key: string, value: string, ttlMs?: number): void;
  delete(key: string): void;
}

/** The part of a store that belongs to one plugin, for a test to fill and to look at. */
export function fakeStore(store: Store, plugin: string): FakeStore {
  return {
    get(key) {
      const entry = store.get(plugin, key);
      return entry === undefined ? undefined : Buffer.from(entry.value).toString();
    },
    set: (key, value, ttlMs = 0) => void store.set(plugin, key, Buffer.from(value), ttlMs),
    delete: (key) => void store.delete(plugin, key),
  };
}
