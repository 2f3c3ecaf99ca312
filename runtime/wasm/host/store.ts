import type { StoreCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

export function storeCapability({ plugin, services: { store } }: HookContext): StoreCapability {
  return {
    get: (key) => store.get(plugin, key),
    set: (key, value, ttlMs) => store.set(plugin, key, value, ttlMs),
    compareAndSet: (key, expected, value, ttlMs) => store.compareAndSet(plugin, key, expected, value, ttlMs),
    delete: (key) => store.delete(plugin, key),
  };
}
