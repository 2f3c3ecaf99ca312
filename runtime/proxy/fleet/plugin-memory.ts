import type { StartablePlugin } from "../../wasm/plugin-host.ts";
import { allocateBuckets } from "../../wasm/services/shared/bucket-table.ts";
import { recoverBuckets } from "../../wasm/services/shared/shared-quota.ts";
import { recoverShelf } from "../../wasm/services/shared/shared-store.ts";
import { allocateShelf } from "../../wasm/services/shared/shelf-layout.ts";

/** What all threads share of one plugin; undefined where it does not ask for it. */
export interface PluginMemory {
  readonly quota: SharedArrayBuffer | undefined;
  readonly store: SharedArrayBuffer | undefined;
}

const BUCKETS = 100_000;
const SHELF = { maxEntries: 10_000, maxBytes: 1 << 20 };

/** Memory per plugin, so that none can make the host forget what another counts. The same for all of its versions. */
export class PluginMemories {
  /** Kept for a plugin that left as well: threads that know it by name must not be apart from those that come. */
  readonly #memories = new Map<string, PluginMemory>();

  of({ name, plugin: { capabilities } }: StartablePlugin): PluginMemory {
    const known = this.#memories.get(name);
    const quota = known?.quota ?? (capabilities.includes("quota") ? allocateBuckets(BUCKETS) : undefined);
    const store = known?.store ?? (capabilities.includes("store") ? allocateShelf(SHELF) : undefined);
    const memory = { quota, store };
    this.#memories.set(name, memory);
    return memory;
  }

  /** Gives back what a thread held when it ended. */
  recover(owner: number): void {
    for (const { quota, store } of this.#memories.values()) {
      if (quota !== undefined) recoverBuckets(quota, owner);
      if (store !== undefined) recoverShelf(store, owner);
    }
  }
}

/** A thread's view: the memories that it was told of. */
export class KnownMemories {
  readonly #memories = new Map<string, PluginMemory>();

  learn(plugin: string, memory: PluginMemory): void {
    this.#memories.set(plugin, memory);
  }

  /** A plugin that does not import the capability never gets here. */
  quotaOf(plugin: string): SharedArrayBuffer {
    return this.#memories.get(plugin)?.quota ?? allocateBuckets(1);
  }

  storeOf(plugin: string): SharedArrayBuffer {
    return this.#memories.get(plugin)?.store ?? allocateShelf({ maxEntries: 1, maxBytes: 1 });
  }
}
