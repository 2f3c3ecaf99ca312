import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock, systemClock } from "../../runtime/telemetry/clock.ts";

test("a manual clock stands still until it is moved", () => {
  const clock = manualClock(1_000);
  assert.deepEqual([clock.now(), clock.monotonic()], [1_000, 0]);
  clock.advance(50);
  assert.deepEqual([clock.now(), clock.monotonic()], [1_050, 50]);
  clock.setNow(10);
  assert.deepEqual([clock.now(), clock.monotonic()], [10, 50]);
});

test("the system's clock never goes back", () => {
  const before = systemClock.monotonic();
  assert.ok(systemClock.monotonic() >= before);
  assert.ok(systemClock.now() > Date.UTC(2020, 0, 1));
});
