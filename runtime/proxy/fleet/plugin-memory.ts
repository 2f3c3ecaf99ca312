import type { StartablePlugin } from "../../wasm/plugin-host.ts";
import { allocateBuckets } from "../../wasm/services/shared/bucket-table.ts";
import { recoverBuckets } from "../../wasm/services/shared/shared-quota.ts";
import { recoverShelf } from "../../wasm/services/shared/shared-store.ts";
import { allocateShelf } from "../../wasm/services/shared/shelf-layout.ts";
import { storeScope } from "../../wasm/store-scope.ts";

/** What all threads share of one plugin; undefined where it does not ask for it. */
export interface PluginMemory {
  readonly quota: SharedArrayBuffer | undefined;
  readonly store: SharedArrayBuffer | undefined;
  readonly queues: SharedArrayBuffer | undefined;
}

const BUCKETS = 100_000;
const SHELF = { maxEntries: 10_000, maxBytes: 1 << 20 };
const QUEUES = { maxEntries: 4_096, maxBytes: 1 << 20 };

/** Memory per plugin, so that none can make the host forget what another counts. The same for all of its versions. */
export class PluginMemories {
  /** Kept for a plugin that left as well: threads that know it by name must not be apart from those that come. */
  readonly #quotas = new Map<string, SharedArrayBuffer>();
  /** By scope: plugins of one VM id share theirs. */
  readonly #stores = new Map<string, SharedArrayBuffer>();
  readonly #queues = new Map<string, SharedArrayBuffer>();

  of({ name, plugin: { capabilities, binding }, proxyWasm }: StartablePlugin): PluginMemory {
    const kept = (from: Map<string, SharedArrayBuffer>, key: string, allocate: () => SharedArrayBuffer) => {
      const memory = from.get(key) ?? allocate();
      from.set(key, memory);
      return memory;
    };
    const scope = storeScope(name, proxyWasm?.vmId);
    const queues = binding === "proxy-wasm" && capabilities.includes("store");
    return {
      queues: queues ? kept(this.#queues, scope, () => allocateShelf(QUEUES)) : undefined,
      quota: capabilities.includes("quota") ? kept(this.#quotas, name, () => allocateBuckets(BUCKETS)) : undefined,
      store: capabilities.includes("store") ? kept(this.#stores, scope, () => allocateShelf(SHELF)) : undefined,
    };
  }

  /** Gives back what a thread held when it ended. */
  recover(owner: number): void {
    for (const quota of this.#quotas.values()) recoverBuckets(quota, owner);
    for (const shelf of [...this.#stores.values(), ...this.#queues.values()]) recoverShelf(shelf, owner);
  }
}

/** A thread's view: the memories that it was told of. */
export class KnownMemories {
  readonly #quotas = new Map<string, SharedArrayBuffer>();
  readonly #stores = new Map<string, SharedArrayBuffer>();
  readonly #queues = new Map<string, SharedArrayBuffer>();

  learn({ name, proxyWasm }: StartablePlugin, { quota, store, queues }: PluginMemory): void {
    if (queues !== undefined) this.#queues.set(storeScope(name, proxyWasm?.vmId), queues);
    if (quota !== undefined) this.#quotas.set(name, quota);
    if (store !== undefined) this.#stores.set(storeScope(name, proxyWasm?.vmId), store);
  }

  /** A plugin that does not import the capability never gets here. */
  quotaOf(plugin: string): SharedArrayBuffer {
    return this.#quotas.get(plugin) ?? allocateBuckets(1);
  }

  /** Undefined while no plugin of the scope has started. */
  queuesOf(scope: string): SharedArrayBuffer | undefined {
    return this.#queues.get(scope);
  }

  storeOf(plugin: string): SharedArrayBuffer {
    return this.#stores.get(plugin) ?? allocateShelf({ maxEntries: 1, maxBytes: 1 });
  }
}
