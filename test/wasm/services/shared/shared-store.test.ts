import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { createSharedStore, recoverShelf } from "../../../../runtime/wasm/services/shared/shared-store.ts";
import { allocateShelf } from "../../../../runtime/wasm/services/shared/shelf-layout.ts";
import { storeContract } from "../store-contract.ts";

const THREAD = join(import.meta.dirname, "write-in-thread.ts");
const clock = { monotonic: () => 1_000 };

describe("store in shared memory", () => {
  storeContract(({ clock, maxEntries = 100, maxBytes = 65_536 }) => {
    const memories = new Map<string, SharedArrayBuffer>();
    const memoryOf = (plugin: string) => {
      const memory = memories.get(plugin) ?? allocateShelf({ maxEntries, maxBytes });
      memories.set(plugin, memory);
      return memory;
    };
    return createSharedStore({ clock, owner: 1, memoryOf });
  });

  test("compare-and-set loses no update of four threads", async () => {
    const memory = allocateShelf({ maxEntries: 10, maxBytes: 1_000 });
    const workers = [1, 2, 3, 4].map((owner) => new Worker(THREAD, { workerData: { memory, owner, takes: 1_000 } }));
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const store = createSharedStore({ clock, owner: 9, memoryOf: () => memory });
    const value = store.get("p", "count")?.value ?? new Uint8Array(4);
    assert.equal(new DataView(value.buffer).getUint32(0, true), 4_000);
  });

  test("a thread that is ended in the middle of its writes blocks nobody", async () => {
    const memory = allocateShelf({ maxEntries: 40, maxBytes: 4_000 });
    const store = createSharedStore({ clock, owner: 9, memoryOf: () => memory });
    for (let owner = 1; owner <= 8; owner++) {
      const worker = new Worker(THREAD, { workerData: { memory, owner, takes: 0 } });
      await once(worker, "message");
      await worker.terminate();
      recoverShelf(memory, owner);
      for (let i = 0; i < 100; i++) assert.equal(store.set("p", `own ${i}`, new Uint8Array(i), 0), "done");
      assert.deepEqual(store.get("p", "own 99")?.value, new Uint8Array(99));
      assert.ok(store.entries <= 40 && store.bytes <= 4_000);
    }
  });
});
