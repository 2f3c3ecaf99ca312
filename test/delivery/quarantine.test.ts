/** A version that traps again and again: delivery reports it and does not install it again and again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PluginBinding } from "../../runtime/config/snapshot.ts";
import { createFakeExchange } from "../../runtime/workbench/fake-exchange.ts";
import { type Bench, createBench, type LocalDelivery, labelOf, PLUGIN, statusOf } from "./harness.ts";

function trapFiveTimes({ slot }: LocalDelivery): void {
  for (let i = 0; i < 5; i += 1) slot(PLUGIN)?.current?.onResponse(createFakeExchange({}));
}

/** 1.0.0 has run, and 2.0.0-faulty runs. */
async function upgraded(bench: Bench, failurePolicy: PluginBinding["failurePolicy"]): Promise<LocalDelivery> {
  bench.desire(1, await bench.publish("1.0.0"));
  const delivery = await bench.deliver();
  await delivery.apply(bench.snapshot({ failurePolicy }));
  bench.desire(2, await bench.publish("2.0.0-faulty"));
  await bench.registry.reported(({ plugins }) => plugins[0]?.version === "2.0.0-faulty");
  return delivery;
}

test("closed: it is reported by its code, not installed again, until it is another one", async (t) => {
  const bench = await createBench(t);
  const delivery = await upgraded(bench, "closed");
  const generation = delivery.slot(PLUGIN)?.current;
  trapFiveTimes(delivery);
  const nack = await bench.registry.reported(({ plugins }) => plugins[0]?.error?.code === "PLUGIN_QUARANTINED");
  assert.equal(nack.plugins[0]?.state, "failed");
  assert.match(
    nack.plugins[0]?.error?.detail ?? "",
    /version 2\.0\.0-faulty faulted too often, the last time by GUEST_TRAP/,
  );
  await delivery.apply(bench.snapshot({ failurePolicy: "closed" }));
  assert.equal(delivery.slot(PLUGIN)?.current, generation);
  assert.deepEqual([statusOf(delivery).state, statusOf(delivery).error?.code], ["failed", "PLUGIN_QUARANTINED"]);
  const config = '{"label":"well"}';
  await delivery.apply(bench.snapshot({ failurePolicy: "closed", config }));
  assert.deepEqual([statusOf(delivery).state, statusOf(delivery).error], ["running", undefined]);
});

test("previous: the version before serves, the bad one is rejected for good, also after a restart", async (t) => {
  const bench = await createBench(t);
  const policy = { failurePolicy: "previous" } as const;
  const delivery = await upgraded(bench, "previous");
  trapFiveTimes(delivery);
  const { plugins } = await bench.registry.reported((report) => report.plugins[0]?.state === "rejected");
  assert.deepEqual([plugins[0]?.version, plugins[0]?.error?.code], ["1.0.0", "PLUGIN_QUARANTINED"]);
  assert.equal(labelOf(delivery), "a");
  await delivery.apply(bench.snapshot(policy));
  assert.deepEqual([statusOf(delivery).state, statusOf(delivery).version], ["rejected", "1.0.0"]);
  await delivery.close();
  const restarted = await bench.deliver();
  await restarted.apply(bench.snapshot(policy));
  assert.equal(statusOf(restarted).version, "2.0.0-faulty");
  trapFiveTimes(restarted);
  assert.deepEqual([statusOf(restarted).state, statusOf(restarted).version], ["rejected", "1.0.0"]);
  assert.equal(labelOf(restarted), "a");
});
