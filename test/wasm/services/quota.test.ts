import assert from "node:assert/strict";
import { describe, test } from "node:test";
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
    assert.equal(quota.take({ ...one, bucket: "c" }).allowed, true);
    assert.equal(quota.size, 2);
  });
});
