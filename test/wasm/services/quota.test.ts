import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { createQuota } from "../../../runtime/wasm/services/quota.ts";

const rule = { plugin: "p", bucket: "b", limit: 3, periodMs: 1000, burst: 3, cost: 1 };

describe("quota", () => {
  test("a burst passes, then one per interval", () => {
    const clock = manualClock();
    const quota = createQuota({ clock });
    assert.deepEqual(
      [1, 2, 3].map(() => quota.take(rule).remaining),
      [2, 1, 0],
    );
    assert.deepEqual(quota.take(rule), { allowed: false, remaining: 0, retryAfterMs: 334, resetAfterMs: 1000 });
    clock.advance(334);
    assert.equal(quota.take(rule).allowed, true);
    assert.equal(quota.take(rule).allowed, false);
  });

  test("the time it names is the time it takes", () => {
    const positive = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 1, max: 50 }), (limit, periodMs, burst) => {
        const clock = manualClock();
        const quota = createQuota({ clock });
        const take = () => quota.take({ ...rule, limit, periodMs, burst });
        for (let index = 0; index < burst; index++) assert.equal(take().allowed, true);
        const refused = take();
        assert.equal(refused.allowed, false);
        clock.advance(refused.retryAfterMs);
        assert.equal(take().allowed, true);
      }),
    );
  });

  test("a zero limit, period or burst allows nothing; a cost above the burst never fits", () => {
    const quota = createQuota({ clock: manualClock() });
    for (const zero of ["limit", "periodMs", "burst"]) assert.equal(quota.take({ ...rule, [zero]: 0 }).allowed, false);
    assert.deepEqual(quota.take({ ...rule, cost: 4 }), {
      allowed: false,
      remaining: 3,
      retryAfterMs: 0xffff_ffff,
      resetAfterMs: 0,
    });
  });

  test("buckets are separate by plugin and name, and bounded in number", () => {
    const quota = createQuota({ clock: manualClock(), maxBuckets: 2 });
    const one = { ...rule, burst: 1 };
    assert.equal(quota.take(one).allowed, true);
    assert.equal(quota.take({ ...one, plugin: "q" }).allowed, true);
    assert.equal(quota.take(one).allowed, false);
    for (const bucket of ["c", "d", "e"]) assert.equal(quota.take({ ...one, bucket }).allowed, true);
    assert.equal(quota.size, 3);
  });

  test("one plugin's many buckets never make the host forget another's", () => {
    const quota = createQuota({ clock: manualClock(), maxBuckets: 10 });
    const one = { ...rule, burst: 1 };
    assert.equal(quota.take(one).allowed, true);
    for (let index = 0; index < 100; index++) quota.take({ ...one, plugin: "flood", bucket: `${index}` });
    assert.equal(quota.take(one).allowed, false);
    assert.equal(quota.size, 11);
  });

  test("a long name of a bucket costs the host no more memory than a short one", () => {
    const quota = createQuota({ clock: manualClock() });
    const one = { ...rule, burst: 1 };
    const long = (index: number): string => `${"x".repeat(1_000_000)}${index}`;
    const before = heapAfterCollection();
    for (let index = 0; index < 50; index++) {
      assert.equal(quota.take({ ...one, bucket: Buffer.from(long(index)).toString("latin1") }).allowed, true);
    }
    assert.ok(heapAfterCollection() - before < 5_000_000);
    assert.equal(quota.take({ ...one, bucket: long(7) }).allowed, false);
    assert.equal(quota.size, 50);
  });
});

/** Bytes. */
function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}
