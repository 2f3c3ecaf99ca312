import assert from "node:assert/strict";
import { test } from "node:test";
import { createBench, labelOf, PLUGIN, statusOf } from "./harness.ts";

test("a released plugin is pulled, verified and serves", async (t) => {
  const bench = await createBench(t);
  const pushed = await bench.publish("1.0.0");
  bench.desire(1, pushed);
  const delivery = await bench.deliver();
  await delivery.apply(bench.snapshot());
  const { state, version, digest, error } = statusOf(delivery);
  assert.deepEqual(
    { state, version, digest, error },
    { state: "running", version: "1.0.0", digest: pushed.digest, error: undefined },
  );
  assert.equal(labelOf(delivery), "a");
  const report = await bench.registry.reported((report) => report.plugins[0]?.state === "running");
  assert.equal(report.seq, 1);
  assert.equal(report.plugins[0].name, PLUGIN);
});
