import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../../runtime/config/duration.ts";

const ROWS: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
  ["10s", 10_000],
  ["1h30m", 5_400_000],
  ["500ms", 500],
  ["0s", 0],
  ["1h1m1s1ms", 3_661_001],
  ["10s500ms", 10_500],
  ["99999h", 359_996_400_000],
  ["", undefined],
  ["10", undefined],
  ["s", undefined],
  ["-1s", undefined],
  ["1.5s", undefined],
  ["1d", undefined],
  ["1 s", undefined],
  ["100000s", undefined],
  ["1s1s1s1s1s", undefined],
  ["1S", undefined],
];

for (const [text, milliseconds] of ROWS) {
  test(`GEP-2257: ${JSON.stringify(text)} is ${milliseconds}`, () => assert.equal(parseDuration(text), milliseconds));
}
