import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGauges } from "../../runtime/proxy/gauges.ts";
import { createProxyMetrics } from "../../runtime/proxy/proxy-metrics.ts";
import { createMetrics } from "../../runtime/telemetry/metrics.ts";
import { createPluginMetrics, RESERVED } from "../../runtime/telemetry/plugin-metrics.ts";

test("counters, gauges and histograms in Prometheus' text format", () => {
  const metrics = createMetrics();
  const counter = metrics.counter("c_total", "Counts.", ["a", "b"]);
  counter.add(1, "x", "y");
  counter.add(2, "x", "y");
  counter.add(1, 'q"\\\n', "z");
  metrics.gauge("g", "Measures.").set(4.5);
  const histogram = metrics.histogram("h_seconds", "Times.", ["r"], [0.1, 1]);
  for (const value of [0.1, 0.5, 3]) histogram.observe(value, "r");
  assert.equal(
    metrics.expose(),
    [
      "# HELP c_total Counts.",
      "# TYPE c_total counter",
      'c_total{a="x",b="y"} 3',
      'c_total{a="q\\"\\\\\\n",b="z"} 1',
      "# HELP g Measures.",
      "# TYPE g gauge",
      "g 4.5",
      "# HELP h_seconds Times.",
      "# TYPE h_seconds histogram",
      'h_seconds_bucket{r="r",le="0.1"} 1',
      'h_seconds_bucket{r="r",le="1"} 2',
      'h_seconds_bucket{r="r",le="+Inf"} 3',
      'h_seconds_sum{r="r"} 3.6',
      'h_seconds_count{r="r"} 3',
      "",
    ].join("\n"),
  );
});

test("series are bounded: what is too many is counted as other", () => {
  const metrics = createMetrics();
  const counter = metrics.counter("c_total", "Counts.", ["a"]);
  for (let i = 0; i < 5_000; i += 1) counter.add(1, String(i));
  const lines = metrics.expose().split("\n");
  assert.ok(lines.length < 2_100);
  assert.ok(lines.includes('c_total{a="other"} 3000'));
});

test("gauges are brought up to date before they are shown", () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge("g", "Measures.", ["a"]);
  let now = "one";
  metrics.collect(() => {
    gauge.reset();
    gauge.set(1, now);
  });
  assert.match(metrics.expose(), /g\{a="one"\} 1/);
  now = "two";
  assert.doesNotMatch(metrics.expose(), /one/);
});

test("what guests count: clean names, one kind per name, finite values", () => {
  const metrics = createMetrics();
  const plugins = createPluginMetrics(metrics);
  plugins.count("p", "hits", 2);
  plugins.count("p", "hits", -1);
  plugins.count("p", "hits", Number.NaN);
  plugins.gauge("p", "hits", 9);
  plugins.gauge("p", "load-now", 0.5);
  plugins.observe("p", "size", Number.POSITIVE_INFINITY);
  plugins.observe("p", "size", 2);
  const text = metrics.expose();
  assert.match(text, /^heddle_plugin_hits\{plugin="p"\} 2$/m);
  assert.match(text, /^heddle_plugin_load_now\{plugin="p"\} 0.5$/m);
  assert.match(text, /^heddle_plugin_size_count\{plugin="p"\} 1$/m);
});

test("guests cannot speak for the host's own metrics, or for another metric's series", () => {
  const metrics = createMetrics();
  const plugins = createPluginMetrics(metrics);
  for (const name of ["faults_total", "info", "loaded", "retiring", "traps"]) {
    plugins.count("p", name, 1000);
    plugins.gauge("p", name, 1000);
    plugins.observe("p", name, 1000);
  }
  assert.equal(metrics.expose(), "");
  plugins.observe("p", "size", 2);
  for (const part of ["bucket", "sum", "count"]) plugins.count("p", `size_${part}`, 1000);
  plugins.count("p", "late_sum", 1);
  plugins.observe("p", "late", 2);
  assert.doesNotMatch(metrics.expose(), /1000|heddle_plugin_late_bucket/);
});

test("the host's own metrics of plugins are those that guests cannot take", () => {
  const metrics = createMetrics();
  createProxyMetrics(metrics);
  const nothing = { active: () => 0, clusters: () => new Map(), plugins: () => [], generation: () => 1 };
  collectGauges(metrics, { ...nothing, droppedLines: () => 0 });
  const own = [...metrics.expose().matchAll(/^# TYPE heddle_plugin_(\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(own.sort(), [...RESERVED].sort());
});
