import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeddleError } from "../../../runtime/errors.ts";
import { Member, WorkerGone } from "../../../runtime/proxy/fleet/member.ts";
import { createMetricPool } from "../../../runtime/telemetry/metric-pool.ts";
import { LISTENER, snapshot } from "../fixture.ts";

async function member() {
  const pool = createMetricPool();
  const ended = Promise.withResolvers<unknown>();
  const events: string[] = [];
  const made = new Member({
    ...{ id: 7, reusePort: false, pool },
    handlers: {
      events: (_, said) => void events.push(...said.map(({ message }) => message)),
      recorded() {},
      missed() {},
      health() {},
      gone: (_, error) => ended.resolve(error),
    },
  });
  await made.ready;
  return { made, pool, events, ended: ended.promise };
}

test("a worker shows a pulse, answers in the order of turns, and refuses by code", async (t) => {
  const { made, events } = await member();
  t.after(() => made.terminate());
  const { beats } = made.pulse;
  while (made.pulse.beats === beats) await new Promise((resolve) => setImmediate(resolve));
  const order: number[] = [];
  const slow = made.inTurn(async () => {
    await made.ask("view", {});
    order.push(1);
  });
  const quick = made.inTurn(async () => void order.push(2));
  await Promise.all([slow, quick]);
  assert.deepEqual(order, [1, 2]);
  const impossible = snapshot({ port: 1 });
  const [listener] = impossible.listeners;
  const elsewhere = { ...impossible, listeners: listener ? [{ ...listener, address: "192.0.2.1" }] : [] };
  await assert.rejects(
    made.ask("prepare", { snapshot: elsewhere }),
    (error) => isHeddleError(error) && error.code === "LISTEN_FAILED" && error.where === `listener ${LISTENER}`,
  );
  assert.deepEqual(await made.ask("drain", { deadline: 1 }), { cut: 0 });
  while (!events.includes("drained")) await new Promise((resolve) => setImmediate(resolve));
});

test("a worker that ends leaves nobody waiting, and its counts behind", async () => {
  const { made, pool, ended } = await member();
  await made.ask("prepare", { snapshot: snapshot() });
  await made.ask("adopt", {});
  while (!pool.expose().includes("heddle_config_generation 1")) await new Promise((resolve) => setImmediate(resolve));
  const waiting = made.ask("drain", { deadline: 60_000 }).catch((error) => error);
  const closing = made.ask("close", {}).catch((error) => error);
  await made.terminate();
  await ended;
  assert.equal(made.state, "gone");
  for (const each of [await waiting, await closing])
    assert.ok(each === undefined || each instanceof WorkerGone || "cut" in each);
  await assert.rejects(made.ask("view", {}), WorkerGone);
  assert.doesNotMatch(pool.expose(), /heddle_config_generation 1/, "a gauge of a thread that is gone is gone");
  assert.match(pool.expose(), /# TYPE heddle_requests_total counter/);
});
