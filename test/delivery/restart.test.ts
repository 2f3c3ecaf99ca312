import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hexOf } from "../../runtime/artifact/digest.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { type Bench, createBench, labelOf, PLUGIN, statusOf } from "./harness.ts";

/** A bench whose proxy has run 1.0.0 and stopped; the registry is down. */
async function afterOutage(bench: Bench) {
  const pushed = await bench.publish("1.0.0");
  bench.desire(1, pushed);
  const delivery = await bench.deliver();
  await delivery.apply(bench.snapshot());
  await delivery.close();
  await bench.registry.stop();
  bench.registry.reports.length = 0;
  return pushed;
}

const cached = ({ cacheDir }: Bench, digest: string) => join(cacheDir, "sha256", hexOf(digest as `sha256:${string}`));

function overwrite(path: string, bytes: Uint8Array): void {
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}

describe("start with the registry down", () => {
  test("serves what last ran, and catches up when the registry is back", async (t) => {
    const bench = await createBench(t);
    await afterOutage(bench);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot());
    assert.deepEqual([statusOf(delivery).state, statusOf(delivery).version], ["running", "1.0.0"]);
    assert.equal(labelOf(delivery), "a");
    assert.equal(delivery.mesh()?.connected, false);
    await bench.registry.restart();
    bench.desire(2, await bench.publish("1.1.0"));
    await bench.registry.reported((report) => report.plugins[0]?.version === "1.1.0");
    assert.equal(delivery.mesh()?.connected, true);
  });

  test("a flipped byte in the cached component is not run", async (t) => {
    const bench = await createBench(t);
    const { artifact } = await afterOutage(bench);
    const path = cached(bench, artifact.layerDigest);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    overwrite(path, bytes);
    const warnings: unknown[] = [];
    const logger = { info() {}, warn: (fields: Record<string, unknown>) => void warnings.push(fields.code) };
    const delivery = await bench.deliver({ logger });
    await delivery.apply(bench.snapshot());
    assert.deepEqual([statusOf(delivery).state, statusOf(delivery).error?.code], ["failed", "REGISTRY_UNREACHABLE"]);
    assert.equal(delivery.slot(PLUGIN)?.current, undefined);
    assert.ok(warnings.includes("CACHE_CORRUPT"));
    await bench.registry.restart();
    await bench.registry.reported((report) => report.plugins[0]?.state === "running");
    assert.equal(labelOf(delivery), "a");
  });

  test("a publisher who is no longer trusted is refused", async (t) => {
    const bench = await createBench(t);
    await afterOutage(bench);
    const delivery = await bench.deliver();
    const publishers = [{ name: "successor", publicKey: generateKey().public.pem }];
    const snapshot = bench.snapshot();
    await delivery.apply({ ...snapshot, trust: { ...snapshot.trust, publishers } });
    assert.notEqual(statusOf(delivery).state, "running");
    assert.equal(delivery.slot(PLUGIN)?.current, undefined);
  });

  test("a releaser who is no longer trusted decides nothing", async (t) => {
    const bench = await createBench(t);
    await afterOutage(bench);
    const delivery = await bench.deliver();
    const snapshot = bench.snapshot();
    await delivery.apply({ ...snapshot, trust: { ...snapshot.trust, releasers: [] } });
    assert.equal(delivery.slot(PLUGIN)?.current, undefined);
    assert.equal(delivery.mesh()?.error?.code, "SIGNATURE_KEY_UNKNOWN");
  });

  test("an empty cache leaves the slot empty and says why", async (t) => {
    const bench = await createBench(t);
    await afterOutage(bench);
    rmSync(bench.cacheDir, { recursive: true });
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot());
    assert.equal(statusOf(delivery).state, "waiting");
    assert.equal(delivery.slot(PLUGIN)?.current, undefined);
  });

  for (const [name, damage] of [
    ["cut short", Buffer.from('{"repository":"shop/la')],
    ["of another shape", Buffer.from('{"manifest":"../../etc/passwd"}')],
    ["empty", Buffer.alloc(0)],
  ] as const) {
    test(`a record that is ${name} costs the cached plugin, not the start`, async (t) => {
      const bench = await createBench(t);
      await afterOutage(bench);
      const records = join(bench.cacheDir, "records");
      for (const file of readdirSync(records)) overwrite(join(records, file), damage);
      const delivery = await bench.deliver();
      await delivery.apply(bench.snapshot());
      assert.equal(delivery.slot(PLUGIN)?.current, undefined);
      await bench.registry.restart();
      await bench.registry.reported((report) => report.plugins[0]?.state === "running");
    });
  }
});

test("what was refused before the restart is refused after it, and the last good version still serves", async (t) => {
  const bench = await createBench(t);
  bench.desire(1, await bench.publish("1.0.0"));
  const first = await bench.deliver();
  await first.apply(bench.snapshot());
  bench.desire(2, await bench.publish("1.1.0", { key: generateKey() }));
  await bench.registry.reported((report) => report.plugins[0]?.error?.code === "SIGNATURE_KEY_UNKNOWN");
  await first.close();
  const second = await bench.deliver();
  await second.apply(bench.snapshot());
  const { state, version, error } = statusOf(second);
  assert.deepEqual([state, version, error?.code], ["rejected", "1.0.0", "SIGNATURE_KEY_UNKNOWN"]);
  assert.equal(labelOf(second), "a");
});

test("only what a restart needs stays in the cache", async (t) => {
  const bench = await createBench(t);
  bench.desire(1, await bench.publish("1.0.0"));
  const delivery = await bench.deliver();
  await delivery.apply(bench.snapshot());
  const pushed = await bench.publish("1.1.0");
  bench.desire(2, pushed);
  await bench.registry.reported((report) => report.plugins[0]?.version === "1.1.0");
  await delivery.apply(bench.snapshot());
  const { digest, configDigest, layerDigest } = pushed.artifact;
  const kept = readdirSync(join(bench.cacheDir, "sha256"));
  for (const part of [digest, configDigest, layerDigest]) assert.ok(kept.includes(hexOf(part)));
  // A source map, and two bundles: cosign's and the release.
  assert.equal(kept.length, 6);
});
