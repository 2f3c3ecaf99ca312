import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signDesired } from "../../runtime/artifact/desired.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import type { Pushed } from "../../runtime/delivery/publish.ts";
import { HeddleError } from "../../runtime/errors.ts";
import { type Bench, createBench, labelOf, MESH, statusOf } from "./harness.ts";

interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly says: RegExp;
  /** 1.1.0 in a state that must not be acted on; state 5 with 1.0.0 is accepted already. */
  readonly envelope: (bench: Bench, newer: Pushed) => unknown;
}

const refusals: readonly Refusal[] = [
  {
    name: "a lower sequence number",
    code: "STATE_REFUSED",
    says: /4, 5 was accepted/,
    envelope: (bench, newer) => bench.sign(4, newer),
  },
  {
    name: "equivocation: another state with the same number",
    code: "STATE_REFUSED",
    says: /Two different states/,
    envelope: (bench, newer) => bench.sign(5, newer),
  },
  {
    name: "the state of another mesh",
    code: "STATE_REFUSED",
    says: /mesh other/,
    envelope: (bench, newer) => bench.sign(6, newer, {}, "other"),
  },
  {
    name: "a state signed by a stranger",
    code: "SIGNATURE_KEY_UNKNOWN",
    says: /trusted are: releaser/,
    envelope: () =>
      signDesired(
        { mesh: MESH, seq: 6, issued: "2026-01-01T00:00:00Z", expires: "2999-01-01T00:00:00Z", plugins: [] },
        generateKey(),
      ),
  },
  {
    name: "an expired state",
    code: "STATE_REFUSED",
    says: /expired/,
    envelope: ({ releaser }) =>
      signDesired(
        { mesh: MESH, seq: 6, issued: "2020-01-01T00:00:00Z", expires: "2020-01-02T00:00:00Z", plugins: [] },
        releaser,
      ),
  },
  {
    name: "a state whose payload was changed",
    code: "SIGNATURE_INVALID",
    says: /does not match/,
    envelope(bench, newer) {
      const envelope = bench.sign(6, newer) as { payload: string };
      const payload = Buffer.from(envelope.payload, "base64").toString().replace('"seq":6', '"seq":7');
      return { ...envelope, payload: Buffer.from(payload).toString("base64") };
    },
  },
  {
    name: "something that is no envelope",
    code: "SIGNATURE_INVALID",
    says: /envelope/,
    envelope: () => ({ plugins: [] }),
  },
];

describe("a desired state that is refused changes nothing and is reported", () => {
  for (const { name, code, says, envelope } of refusals) {
    test(name, async (t) => {
      const bench = await createBench(t);
      bench.desire(5, await bench.publish("1.0.0"));
      const newer = await bench.publish("1.1.0");
      const delivery = await bench.deliver();
      await delivery.apply(bench.snapshot());
      bench.registry.desire(envelope(bench, newer));
      const nack = await bench.registry.reported((report) => report.error !== undefined);
      assert.equal(nack.error?.code, code);
      assert.match(nack.error?.detail ?? "", says);
      assert.deepEqual([nack.seq, nack.plugins[0]?.version], [5, "1.0.0"]);
      assert.equal(delivery.mesh()?.error?.code, code);
      // The next good state is accepted all the same.
      bench.desire(8, newer);
      await bench.registry.reported((report) => report.seq === 8 && report.plugins[0]?.state === "running");
      assert.equal(statusOf(delivery).version, "1.1.0");
      assert.equal(delivery.mesh()?.error, undefined);
    });
  }
});

test("a lower sequence number is refused after a restart as well", async (t) => {
  const bench = await createBench(t);
  const [old, newer] = [await bench.publish("1.0.0"), await bench.publish("1.1.0")];
  bench.desire(5, newer);
  const first = await bench.deliver();
  await first.apply(bench.snapshot());
  await first.close();
  bench.desire(4, old);
  const second = await bench.deliver();
  await second.apply(bench.snapshot());
  const nack = await bench.registry.reported((report) => report.error !== undefined);
  assert.equal(nack.error?.code, "STATE_REFUSED");
  assert.equal(statusOf(second).version, "1.1.0");
});

test("an unsigned plugin runs as soon as it is signed", async (t) => {
  const bench = await createBench(t);
  const pushed = await bench.publish("1.0.0", { key: undefined });
  bench.desire(1, pushed);
  const refusals: unknown[] = [];
  const warn = ({ code }: Record<string, unknown>) => void refusals.push(code);
  const delivery = await bench.deliver({ logger: { info() {}, warn } });
  await delivery.apply(bench.snapshot());
  assert.deepEqual([statusOf(delivery).error?.code, labelOf(delivery)], ["SIGNATURE_MISSING", undefined]);
  while (statusOf(delivery).tries < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(refusals, ["SIGNATURE_MISSING"], "told once, then counted");
  await bench.publish("1.0.0");
  await bench.registry.reported((report) => report.plugins[0]?.state === "running");
  assert.deepEqual([labelOf(delivery), statusOf(delivery).tries], ["a", 0]);
});

test("a releaser who becomes trusted is heeded without a new state", async (t) => {
  const bench = await createBench(t);
  bench.desire(1, await bench.publish("1.0.0"));
  const delivery = await bench.deliver();
  const snapshot = bench.snapshot();
  await delivery.apply({ ...snapshot, trust: { ...snapshot.trust, releasers: [] } });
  assert.deepEqual([statusOf(delivery).state, delivery.mesh()?.error?.code], ["waiting", "SIGNATURE_KEY_UNKNOWN"]);
  await delivery.apply(snapshot);
  assert.equal(labelOf(delivery), "a");
});

test("a delivery that waits to serve reports nothing before, what was in the way, and all of it after", async (t) => {
  const bench = await createBench(t);
  bench.desire(1, await bench.publish("1.0.0"));
  const delivery = await bench.deliver({ waitsToServe: true });
  await delivery.apply(bench.snapshot());
  assert.deepEqual([statusOf(delivery).state, bench.registry.reports.length], ["running", 0]);
  await delivery.served(new HeddleError("LISTEN_FAILED", "x".repeat(5_000)));
  const [first] = bench.registry.reports;
  assert.deepEqual([first?.error?.code, first?.error?.detail?.length, first?.plugins], ["LISTEN_FAILED", 4096, []]);
  await delivery.served();
  await bench.registry.reported((report) => report.plugins[0]?.state === "running" && report.error === undefined);
  await delivery.served(new HeddleError("LISTEN_FAILED", "taken"));
  const later = await bench.registry.reported(
    (report) => report.error?.code === "LISTEN_FAILED" && report.plugins.length > 0,
  );
  assert.equal(later.plugins[0]?.state, "running");
});
