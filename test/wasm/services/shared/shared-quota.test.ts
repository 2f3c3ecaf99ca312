import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { allocateBuckets, openBuckets } from "../../../../runtime/wasm/services/shared/bucket-table.ts";
import { acquire } from "../../../../runtime/wasm/services/shared/lock.ts";
import { createSharedQuota, recoverBuckets } from "../../../../runtime/wasm/services/shared/shared-quota.ts";
import { quotaContract, rule } from "../quota-contract.ts";

const THREAD = join(import.meta.dirname, "take-in-thread.ts");

describe("quota in shared memory", () => {
  quotaContract(({ clock, maxBuckets = 1_000 }) => {
    const memories = new Map<string, SharedArrayBuffer>();
    const memoryOf = (plugin: string) => {
      const memory = memories.get(plugin) ?? allocateBuckets(maxBuckets);
      memories.set(plugin, memory);
      return memory;
    };
    return createSharedQuota({ clock, owner: 1, memoryOf });
  });

  test("a limit holds exactly while four threads take from one bucket", async () => {
    const memory = allocateBuckets(100);
    const request = { ...rule, limit: 5_000, burst: 5_000 };
    const workers = [1, 2, 3, 4].map(
      (owner) => new Worker(THREAD, { workerData: { memory, owner, takes: 4_000, request } }),
    );
    const allowed = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0] as number));
    assert.equal(
      allowed.reduce((sum, each) => sum + each, 0),
      5_000,
    );
  });

  test("what a thread held when it was ended is freed", () => {
    const memory = allocateBuckets(8);
    const { words, sets } = openBuckets(memory);
    for (let set = 0; set < sets; set++) acquire(words, 4 + set, 7);
    recoverBuckets(memory, 8);
    recoverBuckets(memory, 7);
    const quota = createSharedQuota({ clock: { monotonic: () => 1 }, owner: 1, memoryOf: () => memory });
    assert.equal(quota.take(rule).allowed, true);
  });

  test("a full set forgets the bucket that owes least", () => {
    let now = 1_000;
    const memory = allocateBuckets(2);
    const quota = createSharedQuota({ clock: { monotonic: () => now }, owner: 1, memoryOf: () => memory });
    const deep = { ...rule, bucket: "deep", limit: 1, periodMs: 3_600_000, burst: 1 };
    assert.equal(quota.take(deep).allowed, true);
    for (let index = 0; index < 200; index++) quota.take({ ...rule, bucket: `${index}` });
    now += 1;
    assert.equal(quota.take(deep).allowed, false);
  });
});
