import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import type { NeighboursOptions } from "../../../runtime/wasm/health/neighbours.ts";
import { Share } from "../../../runtime/wasm/health/share.ts";

/** A tenth of a thread; the slowest code burns 10 units in a millisecond. */
function share(neighbours?: NeighboursOptions) {
  const clock = manualClock();
  return { clock, share: new Share({ share: 0.1, slowest: 10, neighbours, monotonic: () => clock.monotonic() }) };
}

function time(held: Share, rates: readonly number[]): void {
  assert.equal(held.measuring, true);
  for (const rate of rates) held.sample(rate, 1);
  assert.equal(held.measuring, false);
}

const SLOW = [10, 10, 10, 10, 10, 10, 10, 10, 10];
const LEAN = [80, 80, 1, 80, 80, 2, 80, 3, 80];

test("code that is as slow as any is shed for the rest of the second", () => {
  const { clock, share: held } = share();
  assert.equal(held.allowance, 1_000);
  clock.advance(400);
  assert.equal(held.exceeded(1_001), undefined, "it has to be timed first");
  assert.equal(held.allowance, Number.POSITIVE_INFINITY);
  time(held, SLOW);
  assert.equal(held.allowance, 1_000);
  assert.equal(held.exceeded(1_100), 1_000);
  assert.equal(held.allowance, 2_100);
  clock.advance(700);
  assert.equal(held.exceeded(2_101), undefined);
  time(held, SLOW);
  assert.equal(held.exceeded(2_200), 2_000, "the next second began when the first one ended");
});

test("lean code may burn more, and a few hooks that the machine held up do not count", () => {
  const { clock, share: held } = share();
  clock.advance(400);
  held.exceeded(1_001);
  time(held, LEAN);
  assert.equal(held.allowance, 8_000);
  assert.equal(held.exceeded(8_001), 1_000);
});

test("what takes its time is not even timed, and owes nothing", () => {
  const { clock, share: held } = share();
  clock.advance(1_000);
  assert.equal(held.exceeded(1_001), undefined);
  assert.deepEqual([held.measuring, held.allowance], [false, 2_001]);
});

test("hooks without fuel or time say nothing about the rate", () => {
  const { share: held } = share();
  held.exceeded(1_001);
  held.sample(0, 1);
  held.sample(1, 0);
  time(held, SLOW);
});

const COMPANY = [
  { name: "others waited for a thread without time", own: 20, others: 1, idle: 39, sheds: true },
  { name: "nobody else was there", own: 20, others: 0, idle: 0, sheds: false },
  { name: "the thread had time for others", own: 20, others: 1_000, idle: 40, sheds: false },
  { name: "of others two came among thousands", own: 2_000, others: 2, idle: 0, sheds: false },
  { name: "of others three came among two thousand", own: 2_000, others: 3, idle: 0, sheds: true },
];

for (const { name, own, others, idle, sheds } of COMPANY) {
  test(`what is beyond its share: ${name}, it is ${sheds ? "shed" : "run, and its second begins anew"}`, () => {
    const thread = { exchanges: 70, own: 30, idle: 5_000 };
    const load = { exchanges: () => thread.exchanges, idle: () => thread.idle };
    const { clock, share: held } = share({ load, own: () => thread.own });
    clock.advance(400);
    held.exceeded(1_001);
    time(held, SLOW);
    thread.own += own;
    thread.exchanges += own + others;
    thread.idle += idle;
    assert.equal(held.exceeded(1_100), sheds ? 1_000 : undefined);
    assert.equal(held.allowance, 2_100);
    clock.advance(700);
    assert.equal(held.exceeded(2_101), undefined, "timed first, in whichever second");
    assert.equal(held.measuring, true);
    time(held, SLOW);
    assert.equal(held.exceeded(2_200), undefined, "the others have gone");
  });
}
