import assert from "node:assert/strict";
import { test } from "node:test";
import { ratioBetween, summarise, summaryFigures, summaryRows } from "../../bench/summary.ts";
import { cpuPerRequest, dirt, ratioOf, type Triple } from "../../bench/triples.ts";

const LIMITS = { drift: 0.15, foreign: 0.1 };
const reading = (cpu: number, foreign = 0) => ({ requests: 10_000, elapsed: 2, cpu, system: cpu / 4, foreign });
const triple = (before: number, at: number, after: number, foreign = 0): Triple => ({
  subject: "heddle",
  round: 0,
  before: reading(before),
  reading: reading(at, foreign),
  after: reading(after),
});

const inRound = (triple: Triple, round: number): Triple => ({ ...triple, round });
const of = (subject: string, triple: Triple): Triple => ({ ...triple, subject });

test("a ratio compares CPU per request with the mean of both reference readings", () => {
  assert.equal(cpuPerRequest(reading(0.2)), 20);
  assert.equal(ratioOf(triple(0.25, 0.75, 0.5), cpuPerRequest), 2);
});

test("a triple is dirty when the reference drifts or others use the machine", () => {
  const cases: [Triple, RegExp | undefined][] = [
    [triple(1, 2, 1), undefined],
    [triple(1, 2, 1.14), undefined],
    [triple(1, 2, 1.2), /20 % apart/],
    [triple(1.2, 2, 1), /20 % apart/],
    [triple(1, 2, 1, 0.19), undefined],
    [triple(1, 2, 1, 0.6), /0\.30 cores/],
    [triple(0, 2, 0), /apart/],
  ];
  for (const [given, expected] of cases) {
    const found = dirt(given, LIMITS, cpuPerRequest);
    if (expected === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "clean", expected);
  }
});

test("a summary counts what was dropped and gives medians of the rest", () => {
  const triples = [triple(1, 2, 1), triple(1, 4, 1), triple(1, 3, 1), triple(1, 100, 2)].map(inRound);
  const summary = summarise(triples, LIMITS, "nginx");
  const { ratios, rps, kept, dropped } = summaryFigures(summary);
  assert.deepEqual(ratios, { "heddle/nginx": 3 });
  assert.deepEqual(rps, { nginx: 5000, heddle: 5000 });
  assert.deepEqual([kept, dropped], [3, 1]);
  assert.deepEqual(summaryRows(summary)[2]?.slice(2, 5), ["225.0 + 75.0", "5000 (5000..5000)", "3.00 (2.00..4.00)"]);
});

test("a server without a clean triple has no figure, and is still named", () => {
  const figures = summaryFigures(summarise([triple(1, 2, 2)], LIMITS, "nginx"));
  assert.deepEqual(figures.ratios, { "heddle/nginx": null });
  assert.equal(figures.kept, 0);
});

test("two subjects are compared round by round, each against the reference around it", () => {
  const triples = [
    ...[triple(1, 2, 1), triple(2, 6, 2), triple(1, 9, 1)].map(inRound),
    ...[triple(1, 4, 1), triple(1, 12, 1), triple(1, 1, 9)].map(inRound).map((one) => of("@scope/peer", one)),
  ];
  const { ratios } = summaryFigures(summarise(triples, LIMITS, "nginx"), ["heddle/@scope/peer", "heddle/absent"]);
  assert.deepEqual(ratios, { "heddle/nginx": 3, "@scope/peer/nginx": 8, "heddle/@scope/peer": 0.38 });
});

test("without a clean round in common, medians are compared", () => {
  const triples = [inRound(triple(1, 2, 1), 0), of("peer", inRound(triple(1, 4, 1), 1))];
  const summary = summarise(triples, LIMITS, "nginx");
  assert.deepEqual(ratioBetween(summary, "heddle", "peer"), { median: 0.5, min: 0.5, max: 0.5 });
  assert.equal(ratioBetween(summary, "heddle", "nobody"), undefined);
});
