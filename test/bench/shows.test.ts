import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, showRows, wantedRatios } from "../../bench/shows.ts";

test("a figure is held against what it must reach and what it aims at", () => {
  const smaller = { atLeast: 1.4, aim: 1.1 };
  const larger = { atLeast: 0.9, aim: 0.97, more: true };
  const cases = [
    [smaller, 1.1, "aim met"],
    [smaller, 1.11, "met"],
    [smaller, 1.4, "met"],
    [smaller, 1.41, "missed"],
    [larger, 0.98, "aim met"],
    [larger, 0.9, "met"],
    [larger, 0.89, "missed"],
    [smaller, null, "not measured"],
    [smaller, undefined, "not measured"],
    [smaller, Number.NaN, "not measured"],
  ] as const;
  for (const [target, figure, verdict] of cases) assert.equal(judge(target, figure), verdict);
});

test("every promise has a row, measured or not", () => {
  const rows = showRows("proxy", { "heddle/nginx": 1.234, "heddle+3/nginx": null });
  assert.equal(rows.length, 1 + wantedRatios("proxy").length);
  assert.deepEqual(rows[1]?.slice(1), ["1.23", "1.4", "1.1", "met"]);
  assert.deepEqual(rows[2]?.slice(1), ["-", "1.6", "1.3", "not measured"]);
  assert.deepEqual(showRows("memory", { idle: 200 })[1]?.slice(1), ["200 MB", "130 MB", "90 MB", "missed"]);
});
