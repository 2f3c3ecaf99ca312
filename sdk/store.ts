import { Entry } from "./entry";
import * as host from "./host";
import { utf8 } from "./utf8";
import { Written } from "./written";

/**
 * A small key-value store per plugin, bounded in entries and bytes.
 *
 * @example
 * ```ts
 * const entry = store.get("visits");
 * const visits = entry === null ? 0 : I32.parseInt(entry.text());
 * const next = utf8.encode((visits + 1).toString());
 * const written = store.compareAndSet("visits", entry === null ? 0 : entry.version, next);
 * if (written === Written.Conflict) log.debug("somebody else counted first");
 * if (visits > 1000) store.remove("visits");
 * ```
 */
export namespace store {
  export function get(key: string): Entry | null {
    const entry = host.storeGet(key);
    return entry === null ? null : new Entry(entry.value, entry.version);
  }

  /** @param ttlMs 0 keeps the entry until it is evicted or deleted */
  export function set(key: string, value: Uint8Array, ttlMs: u32 = 0): Written {
    return host.storeSet(key, value, ttlMs) as Written;
  }

  /** Stores text as UTF-8. */
  export function setText(key: string, value: string, ttlMs: u32 = 0): Written {
    return host.storeSet(key, utf8.encode(value), ttlMs) as Written;
  }

  /** Writes only if the stored version is `expected`; 0 expects no entry. */
  export function compareAndSet(key: string, expected: u32, value: Uint8Array, ttlMs: u32 = 0): Written {
    return host.storeCompareAndSet(key, expected, value, ttlMs) as Written;
  }

  /** Whether there was an entry to delete. */
  export function remove(key: string): bool {
    return host.storeDelete(key);
  }
}
