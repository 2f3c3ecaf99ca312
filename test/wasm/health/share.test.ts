import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { Share } from "../../../runtime/wasm/health/share.ts";

/** A tenth of a thread that burns 100 units in a millisecond: 10,000 units in a second. */
function share() {
  const clock = manualClock();
  return { clock, share: new Share({ share: 0.1, fuelPerMilli: 100, monotonic: () => clock.monotonic() }) };
}

test("what burns its second's worth in less than a second is shed for the rest of it", () => {
  const { clock, share: held } = share();
  assert.equal(held.allowance, 10_000);
  clock.advance(400);
  assert.equal(held.exceeded(10_001), 1_000);
  assert.equal(held.allowance, 20_001);
  clock.advance(700);
  assert.equal(held.exceeded(20_002), 2_000, "the next second began when the first one ended");
});

test("what takes its time is not shed, and owes nothing", () => {
  const { clock, share: held } = share();
  clock.advance(1_000);
  assert.equal(held.exceeded(10_001), undefined);
  clock.advance(999);
  assert.equal(held.exceeded(20_002), 2_000);
});
