import assert from "node:assert/strict";
import { test } from "node:test";
import { createTimers } from "../../runtime/proxy/timers.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";

test("timeouts fire in order, once, at most one tick late", () => {
  const clock = manualClock();
  const timers = createTimers({ clock, tick: 10 });
  const fired: string[] = [];
  for (const at of [35, 5, 1_000]) timers.after(at, () => fired.push(`${at}`));
  clock.advance(4);
  timers.turn();
  assert.deepEqual(fired, []);
  clock.advance(11);
  timers.turn();
  assert.deepEqual(fired, ["5"]);
  clock.advance(30);
  timers.turn();
  assert.deepEqual(fired, ["5", "35"]);
  clock.advance(1_000_000);
  timers.turn();
  timers.turn();
  assert.deepEqual(fired, ["5", "35", "1000"]);
  timers.stop();
});

test("cancelled timeouts do not fire, nor do those that another one cancels in the same tick", () => {
  const clock = manualClock();
  const timers = createTimers({ clock, tick: 10 });
  const fired: string[] = [];
  timers.after(10, () => fired.push("never")).cancel();
  const second = { cancel: () => {} };
  timers.after(20, () => second.cancel());
  second.cancel = timers.after(21, () => fired.push("cancelled")).cancel;
  timers.after(20, () => timers.after(10, () => fired.push("nested")));
  clock.advance(40);
  timers.turn();
  clock.advance(40);
  timers.turn();
  assert.deepEqual(fired, ["nested"]);
  timers.stop();
});
