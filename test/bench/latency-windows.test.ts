import assert from "node:assert/strict";
import { test } from "node:test";
import { readLatencyArguments, roundTime } from "../../bench/latency-options.ts";
import {
  canJudge,
  type Figure,
  quantile,
  ratioOfWindows,
  shareOver,
  sortWindows,
} from "../../bench/latency-windows.ts";
import type { OpenLoopResult, OpenLoopWindow } from "../../bench/open-loop.ts";
import { createStallWatch } from "../../bench/stall-watch.ts";

const LIMITS = { own: 2, foreign: 0.3 };
const everything = [1, 2].map((p99) => ({ p50: 0, p99, max: 9 }));

const window = (server: number, p99: number | number[], more: Partial<OpenLoopWindow> = {}): OpenLoopWindow => ({
  ...{ server, p50: 0.1, p99: [p99].flat(), max: 1000, behind: 0.1, own: 0.5, stolen: 0, foreign: 0 },
  ...more,
});

const sorted = (windows: readonly OpenLoopWindow[]) => {
  const result: OpenLoopResult = { windows, failed: [0, 0], everything };
  const [nginx, subject] = sortWindows(result, ["nginx", "subject"], LIMITS);
  if (nginx === undefined || subject === undefined) throw new Error("expected two servers");
  return { nginx, subject };
};

const p99: Figure = ({ p99 }) => p99;

test("a window is dropped for what the generator or the machine did, never for what a server did", () => {
  const { nginx, subject } = sorted([
    window(0, 1),
    window(1, 500, { behind: 400 }),
    window(0, 1, { own: 2.5 }),
    window(1, 1, { stolen: 10 }),
    window(1, 1, { foreign: 0.4 }),
    window(1, 1, { own: 1.9, foreign: 0.3 }),
  ]);
  assert.deepEqual([nginx.kept.length, nginx.dropped], [1, 1]);
  assert.deepEqual([subject.kept.flatMap(p99), subject.dropped], [[500, 1], 2]);
  assert.deepEqual([nginx.everything.p99, subject.everything.p99], [1, 2]);
});

test("a ratio is one of medians: a few long windows of either side do not move it", () => {
  const windows = Array.from({ length: 50 }, (_, at) => [
    window(0, at % 10 === 3 ? 80 : 1),
    window(1, at % 10 === 6 ? 90 : 2),
  ]).flat();
  const { nginx, subject } = sorted(windows);
  assert.deepEqual(ratioOfWindows(subject, nginx, p99), { median: 2, min: 2, max: 2 });
  assert.deepEqual([shareOver(nginx.kept, 10), shareOver(subject.kept, 10)], [0.1, 0.1]);
  assert.deepEqual([quantile(subject.kept, p99, 0.5), quantile(subject.kept, p99, 0.95)], [2, 90]);
});

test("every piece of a window counts as much as a window of one piece", () => {
  const windows = Array.from({ length: 10 }, () => [window(0, [1, 1, 5]), window(1, [3, 90, 3])]).flat();
  const { nginx, subject } = sorted(windows);
  assert.equal(ratioOfWindows(subject, nginx, p99)?.median, 3);
  assert.deepEqual([shareOver(nginx.kept, 4), shareOver(subject.kept, 4)], [1 / 3, 1 / 3]);
  assert.deepEqual([quantile(nginx.kept, p99, 0.5), quantile(subject.kept, p99, 0.9)], [1, 90]);
});

test("parts of the run show how far the ratio wanders", () => {
  const windows = Array.from({ length: 50 }, (_, at) => [window(0, 1), window(1, at < 10 ? 4 : 2)]).flat();
  const { nginx, subject } = sorted(windows);
  assert.deepEqual(ratioOfWindows(subject, nginx, p99), { median: 2, min: 2, max: 4 });
});

test("a subject that falls behind in most of its windows misses every bound, one without windows has no ratio", () => {
  const behind = sorted([window(0, 1), window(1, 60, { behind: 40 }), window(0, 1), window(1, 60, { behind: 40 })]);
  assert.equal(ratioOfWindows(behind.subject, behind.nginx, p99)?.median, Number.POSITIVE_INFINITY);
  const none = sorted([window(0, 1)]);
  assert.equal(ratioOfWindows(none.subject, none.nginx, p99), undefined);
});

test("a run judges only where nginx comes out as nginx", () => {
  for (const ratio of [0.85, 1, 1.15]) assert.equal(canJudge(ratio), true, String(ratio));
  const useless = [0.84, 1.16, Number.NaN, Number.POSITIVE_INFINITY, null, undefined];
  for (const ratio of useless) assert.equal(canJudge(ratio), false, String(ratio));
});

test("windows so long that a proxy idles between two of its own are refused", () => {
  assert.equal(roundTime(4, 150), 1320);
  assert.deepEqual(readLatencyArguments([], false).subjects, ["heddle", "heddle+3", "nginx+lua"]);
  assert.throws(
    () => readLatencyArguments(["--window", "250"], false),
    /^Error: --window: a round of 4 subjects takes/,
  );
  assert.throws(() => readLatencyArguments(["--window", "soon"], false), /--window/);
  assert.equal(readLatencyArguments(["--only", "heddle", "--window", "250"], false).window, 250);
});

test("pieces are part of a window", () => {
  assert.equal(readLatencyArguments([], false).pieces, 3);
  assert.equal(readLatencyArguments(["--piece", "30"], false).pieces, 5);
  assert.equal(readLatencyArguments(["--piece", "150"], false).pieces, 1);
  assert.equal(readLatencyArguments(["--window", "40"], false).pieces, 1);
  for (const wrong of ["0", "151", "short"]) {
    assert.throws(
      () => readLatencyArguments(["--piece", wrong], false),
      /^Error: --piece: expected milliseconds up to/,
    );
  }
});

test("what a program computes between two looks counts, what it waits does not", () => {
  let spent = 0;
  const watch = createStallWatch(() => spent);
  const looks: [at: number, spent: number, own: number][] = [
    [0.1, 0.1, 0],
    [1, 1, 1],
    [9, 1.5, 1],
    [14, 6, 4.5],
    [15, 6.5, 4.5],
  ];
  watch.reset(0);
  for (const [at, now, own] of looks) {
    spent = now;
    watch.look(at);
    assert.equal(watch.own, own);
  }
  watch.reset(20);
  assert.equal(watch.own, 0);
});
