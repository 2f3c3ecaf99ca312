import assert from "node:assert/strict";
import { test } from "node:test";
import { TurnTime } from "../../runtime/proxy/turn-time.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";

const turnEnds = () => new Promise<void>((resolve) => setImmediate(resolve));

test("all that a turn of the event loop brings has arrived at one time; the next turn reads the clock again", async () => {
  const clock = manualClock(1_000);
  const turn = new TurnTime(clock);
  const read = () => [turn.now, turn.monotonic];
  assert.deepEqual(read(), [1_000, 0]);
  clock.advance(5);
  assert.deepEqual(read(), [1_000, 0]);
  await turnEnds();
  assert.deepEqual(read(), [1_005, 5]);
  clock.setNow(500);
  await turnEnds();
  assert.deepEqual(read(), [500, 5]);
});
