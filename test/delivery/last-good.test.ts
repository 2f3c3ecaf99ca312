import assert from "node:assert/strict";
import { test } from "node:test";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { createBench, PLUGIN, statusOf } from "./harness.ts";

test("after a restart, what is cached stands in for a plugin of the same name only", async (t) => {
  const bench = await createBench(t);
  bench.desire(1, await bench.publish("1.0.0", { name: "other" }));
  const first = await bench.deliver();
  await first.apply(bench.snapshot());
  assert.equal(statusOf(first).state, "running");
  bench.desire(2, await bench.publish("1.1.0", { key: generateKey() }));
  await bench.registry.reported((report) => report.plugins[0]?.error?.code === "SIGNATURE_KEY_UNKNOWN");
  await first.close();
  const second = await bench.deliver();
  await second.apply(bench.snapshot());
  assert.equal(statusOf(second).error?.code, "SIGNATURE_KEY_UNKNOWN");
  assert.equal(second.slot(PLUGIN)?.current, undefined);
});
