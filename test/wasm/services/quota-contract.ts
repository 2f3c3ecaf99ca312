import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import type { Quota } from "../../../runtime/wasm/services/quota.ts";

export const rule = { plugin: "p", bucket: "b", limit: 3, periodMs: 1000, burst: 3, cost: 1 };

/** What every Quota does, wherever it keeps its buckets. */
export function quotaContract(
  createQuota: (options: { clock: { monotonic(): number }; maxBuckets?: number }) => Quota,
): void {
  test("a burst passes, then one per interval", () => {
    const clock = manualClock();
    const quota = createQuota({ clock });
    assert.deepEqual(
      [1, 2, 3].map(() => quota.take(rule).remaining),
      [2, 1, 0],
    );
    assert.partialDeepStrictEqual(quota.take(rule), {
      allowed: false,
      remaining: 0,
      retryAfterMs: 334,
      resetAfterMs: 1000,
    });
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
    assert.partialDeepStrictEqual(quota.take({ ...rule, cost: 4 }), {
      allowed: false,
      remaining: 3,
      retryAfterMs: 0xffff_ffff,
      resetAfterMs: 0,
    });
  });

  test("buckets are separate by plugin and name", () => {
    const quota = createQuota({ clock: manualClock() });
    const one = { ...rule, burst: 1 };
    assert.equal(quota.take(one).allowed, true);
    assert.equal(quota.take({ ...one, plugin: "q" }).allowed, true);
    assert.equal(quota.take({ ...one, bucket: "B" }).allowed, true);
    for (const again of [one, { ...one, plugin: "q" }, { ...one, bucket: "B" }]) {
      assert.equal(quota.take(again).allowed, false);
    }
    assert.equal(quota.size, 3);
  });

  test("one plugin's many buckets are bounded and never make the host forget another's", () => {
    const quota = createQuota({ clock: manualClock(), maxBuckets: 16 });
    const one = { ...rule, burst: 1 };
    assert.equal(quota.take(one).allowed, true);
    for (let index = 0; index < 300; index++) quota.take({ ...one, plugin: "flood", bucket: `${index}` });
    assert.equal(quota.take(one).allowed, false);
    assert.equal(quota.size, 17);
  });

  test("a name may have any length", () => {
    const quota = createQuota({ clock: manualClock() });
    const one = { ...rule, burst: 1 };
    const names = ["", "x", "xx", "xxx", "x".repeat(64), "x".repeat(65), "x".repeat(100_000), "\u{1F600}", "\ud83d"];
    for (const bucket of names) assert.equal(quota.take({ ...one, bucket }).allowed, true, bucket.slice(0, 10));
    for (const bucket of names) assert.equal(quota.take({ ...one, bucket }).allowed, false, bucket.slice(0, 10));
  });
}
