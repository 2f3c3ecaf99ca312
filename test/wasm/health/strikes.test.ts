import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { Strikes } from "../../../runtime/wasm/health/strikes.ts";

const HOOK = "on-request";

function strikes(random = () => 0.5, exhaustions?: number) {
  const clock = manualClock();
  return { clock, strikes: new Strikes({ exhaustions, monotonic: () => clock.monotonic(), random }) };
}

test("five faults within a minute are too many, four are not, nor are five over a longer time", () => {
  const { clock, strikes: counted } = strikes();
  for (let i = 0; i < 4; i += 1) assert.equal(counted.fault("GUEST_TRAP", HOOK), undefined);
  clock.advance(60_001);
  for (let i = 0; i < 4; i += 1) assert.equal(counted.fault("GUEST_TRAP", HOOK), undefined);
  clock.advance(59_000);
  assert.equal(counted.fault("GUEST_PROTOCOL", HOOK), 1_000);
});

test("a hook that uses up its whole time twice in a row is too many", () => {
  const { strikes: counted } = strikes();
  assert.equal(counted.fault("FUEL_EXHAUSTED", HOOK), undefined);
  assert.equal(counted.wary, true);
  assert.equal(counted.fault("FUEL_EXHAUSTED", HOOK), 1_000);
});

test("hooks that end well in between, other hooks and a minute in between make it no row", () => {
  const { clock, strikes: counted } = strikes();
  counted.fault("FUEL_EXHAUSTED", HOOK);
  counted.ended(HOOK);
  assert.equal(counted.wary, false);
  assert.equal(counted.fault("FUEL_EXHAUSTED", HOOK), undefined);
  assert.equal(counted.fault("FUEL_EXHAUSTED", "on-log"), undefined);
  counted.ended("on-log");
  assert.equal(counted.wary, true, "the end of one hook says nothing about another one");
  clock.advance(60_001);
  assert.equal(counted.fault("FUEL_EXHAUSTED", HOOK), undefined);
});

for (const [exhaustions, faults] of [
  [1, 1],
  [3, 3],
  [5, 5],
] as const) {
  test(`an operator may allow ${exhaustions} in a row`, () => {
    const { strikes: counted } = strikes(undefined, exhaustions);
    const waits = Array.from({ length: faults }, () => counted.fault("FUEL_EXHAUSTED", HOOK));
    assert.deepEqual(waits, [...Array(faults - 1).fill(undefined), 1_000]);
  });
}

test("an instance that cannot be started is too many at once", () => {
  assert.equal(strikes().strikes.fault("START_FAILED", HOOK), 1_000);
});

test("faults that are not the guest's doing count for nothing", () => {
  const { strikes: counted } = strikes();
  for (let i = 0; i < 20; i += 1) assert.equal(counted.fault("PLUGIN_SHED", HOOK), undefined);
});

test("each trial that fails doubles the wait, up to a minute; one that passes clears the count", () => {
  const { clock, strikes: counted } = strikes();
  for (let i = 0; i < 4; i += 1) counted.fault("GUEST_TRAP", HOOK);
  const waits = [counted.fault("GUEST_TRAP", HOOK)];
  while (waits.length < 8) {
    const wait = waits.at(-1) as number;
    clock.advance(wait - 1);
    assert.equal(counted.mayTry(), false);
    clock.advance(1);
    assert.equal(counted.mayTry(), true);
    assert.equal(counted.mayTry(), false, "one trial at a time");
    waits.push(counted.fault("GUEST_TRAP", HOOK));
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  clock.advance(60_000);
  assert.equal(counted.mayTry(), true);
  counted.passed();
  for (let i = 0; i < 4; i += 1) assert.equal(counted.fault("GUEST_TRAP", HOOK), undefined);
  assert.equal(counted.fault("GUEST_TRAP", HOOK), 60_000, "the level stays");
});

test("a trial that never ends gives way to another", () => {
  const { clock, strikes: counted } = strikes();
  for (let i = 0; i < 5; i += 1) counted.fault("GUEST_TRAP", HOOK);
  clock.advance(1_000);
  assert.equal(counted.mayTry(), true);
  clock.advance(59_999);
  assert.equal(counted.mayTry(), false);
  clock.advance(1);
  assert.equal(counted.mayTry(), true);
});

test("five clean minutes forget all", () => {
  const { clock, strikes: counted } = strikes();
  for (let i = 0; i < 5; i += 1) counted.fault("GUEST_TRAP", HOOK);
  clock.advance(1_000);
  counted.mayTry();
  counted.passed();
  clock.advance(300_000);
  for (let i = 0; i < 4; i += 1) counted.fault("GUEST_TRAP", HOOK);
  assert.equal(counted.fault("GUEST_TRAP", HOOK), 1_000);
});

for (const [random, wait] of [
  [0, 800],
  [0.5, 1_000],
  [0.999_999, 1_200],
] as const) {
  test(`waits are spread by a fifth: a random number of ${random} makes it ${wait} ms`, () => {
    const { strikes: counted } = strikes(() => random);
    for (let i = 0; i < 4; i += 1) counted.fault("GUEST_TRAP", HOOK);
    assert.equal(counted.fault("GUEST_TRAP", HOOK), wait);
  });
}
