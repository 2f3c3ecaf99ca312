import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetricPool } from "../../runtime/telemetry/metric-pool.ts";
import { createMetrics } from "../../runtime/telemetry/metrics.ts";

/** Two threads of one pool; what they say about their series is cloned, as a message is. */
function crew() {
  const pool = createMetricPool();
  const thread = () => {
    const member = pool.join();
    return { member, metrics: createMetrics({ announce: (notice) => member.take(structuredClone(notice)) }) };
  };
  const lines = () =>
    pool
      .expose()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
  return { pool, lines, one: thread(), two: thread() };
}

test("what threads count is summed, and stays when a thread is gone", () => {
  const { lines, one, two } = crew();
  for (const { metrics } of [one, two]) metrics.counter("c_total", "Counts.", ["a"]).add(2, "x");
  one.metrics.counter("c_total", "Counts.", ["a"]).add(1, "y");
  assert.deepEqual(lines(), ['c_total{a="x"} 4', 'c_total{a="y"} 1']);
  two.member.leave();
  two.metrics.counter("c_total", "Counts.", ["a"]).add(50, "x");
  assert.deepEqual(lines(), ['c_total{a="x"} 4', 'c_total{a="y"} 1']);
  one.metrics.counter("c_total", "Counts.", ["a"]).add(1, "x");
  assert.equal(lines()[0], 'c_total{a="x"} 5');
});

test("histograms are summed bucket by bucket", () => {
  const { lines, one, two } = crew();
  const observe = ({ metrics }: typeof one, value: number) =>
    metrics.histogram("h", "Times.", [], [1, 10]).observe(value);
  observe(one, 0.5);
  observe(two, 5);
  observe(two, 50);
  one.member.leave();
  observe(two, 5);
  assert.deepEqual(lines(), [
    'h_bucket{le="1"} 1',
    'h_bucket{le="10"} 3',
    'h_bucket{le="+Inf"} 4',
    "h_sum 60.5",
    "h_count 4",
  ]);
});

test("gauges are the sum or the highest of the threads that are there", () => {
  const { lines, one, two } = crew();
  const set = ({ metrics }: typeof one, active: number, generation: number) => {
    metrics.gauge("active", "Sum.").set(active);
    metrics.gauge("generation", "Max.", [], "max").set(generation);
  };
  set(one, 3, 7);
  set(two, 4, 6);
  assert.deepEqual(lines(), ["active 7", "generation 7"]);
  one.metrics.gauge("active", "Sum.").reset();
  assert.deepEqual(lines(), ["active 4", "generation 7"]);
  one.member.leave();
  assert.deepEqual(lines(), ["active 4", "generation 6"]);
});

test("a gauge whose labels change for ever keeps its number of series, in every thread", () => {
  const { lines, one } = crew();
  const gauge = one.metrics.gauge("info", "Info.", ["version"], "max");
  for (let version = 0; version < 5_000; version += 1) {
    gauge.reset();
    gauge.set(1, String(version));
  }
  assert.deepEqual(lines(), ['info{version="4999"} 1']);
});

test("a name that two threads use for different things keeps its first meaning", () => {
  const { lines, one, two } = crew();
  one.metrics.counter("n", "Counts.").add(1);
  two.metrics.histogram("n", "Times.", [], [1]).observe(1);
  assert.deepEqual(lines(), ["n 1"]);
});
