import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { createQuota } from "../../../runtime/wasm/services/quota.ts";
import { quotaContract, rule } from "./quota-contract.ts";

describe("quota", () => {
  quotaContract(createQuota);

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
