import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { bundleReferrer, signStatement } from "../../runtime/artifact/bundle.ts";
import { describe as describeContent, jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { layOutPlugin, type PluginArtifact } from "../../runtime/artifact/layout.ts";
import { IMAGE_MANIFEST, WASM_CONFIG, WASM_LAYER } from "../../runtime/artifact/media-types.ts";
import { releaseStatement } from "../../runtime/artifact/statement.ts";
import { inspectFile } from "../../runtime/delivery/inspect-plugin.ts";
import { readPluginFile, signPluginFile } from "../../runtime/delivery/plugin-file.ts";
import { filterModule } from "../wasm/proxy-wasm/filters.ts";
import { scripted } from "../wasm/proxy-wasm/script.ts";
import { type Bench, createBench, labelOf, PLUGIN, REPOSITORY, statusOf } from "./harness.ts";
import { labelPlugin, temporaryFolder } from "./sample-plugins.ts";

async function pluginFile(t: TestContext) {
  const { component, manifest } = await labelPlugin("1.0.0");
  const stem = join(temporaryFolder(t), "label");
  writeFileSync(`${stem}.wasm`, component);
  writeFileSync(`${stem}.manifest.json`, JSON.stringify(manifest));
  return { stem, path: `${stem}.wasm`, component };
}

const fromFile = (path: string, { digest, unsigned = false }: { digest?: string; unsigned?: boolean } = {}) => ({
  source: { kind: "file" as const, path, digest, unsigned },
});

describe("a component beside the configuration", () => {
  test("runs without a registry when its document allows it to be unsigned; a changed file takes effect", async (t) => {
    const bench = await createBench(t);
    const { path, stem } = await pluginFile(t);
    const delivery = await bench.deliver({ registry: undefined });
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true })));
    assert.deepEqual([statusOf(delivery).state, labelOf(delivery), delivery.mesh()], ["running", "a", undefined]);
    const before = delivery.slot(PLUGIN)?.current;
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true })));
    assert.equal(delivery.slot(PLUGIN)?.current, before);
    const { component, manifest } = await labelPlugin("1.1.0");
    writeFileSync(path, component);
    writeFileSync(`${stem}.manifest.json`, JSON.stringify(manifest));
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true })));
    assert.equal(statusOf(delivery).version, "1.1.0");
  });

  test("may be a proxy-wasm module without a manifest, which is read from the module", async (t) => {
    const bench = await createBench(t);
    const path = join(temporaryFolder(t), "My Filter.wasm");
    const filter = scripted({ proxy_on_request_headers: { steps: [["proxy_remove_header_map_value", 0, "x"]] } });
    writeFileSync(path, filterModule(filter));
    const delivery = await bench.deliver({ registry: undefined });
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true })));
    assert.deepEqual([statusOf(delivery).state, statusOf(delivery).version], ["running", "0.0.0"]);
    assert.deepEqual([...(delivery.slot(PLUGIN)?.current?.hooks ?? [])], ["configure", "on-request"]);
    const { manifest } = await readPluginFile(path);
    assert.deepEqual([manifest.name, manifest.capabilities], ["my-filter", ["log", "request"]]);
    assert.equal((await inspectFile(path)).name, "my-filter");
    writeFileSync(path, filterModule({ wat: "", abi: "0_9_0" }));
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true })));
    assert.equal(statusOf(delivery).error?.code, "COMPONENT_UNSUPPORTED");
  });

  test("otherwise needs the signature beside it", async (t) => {
    const bench = await createBench(t);
    const { path } = await pluginFile(t);
    const delivery = await bench.deliver();
    const attempt = async () => {
      await delivery.apply(bench.snapshot(fromFile(path)));
      return statusOf(delivery).error?.code;
    };
    assert.equal(await attempt(), "SIGNATURE_MISSING");
    await signPluginFile(path, generateKey());
    assert.equal(await attempt(), "SIGNATURE_KEY_UNKNOWN");
    await signPluginFile(path, bench.publisher);
    assert.equal(await attempt(), undefined);
    assert.equal(labelOf(delivery), "a");
  });

  test("with a digest runs no other bytes", async (t) => {
    const bench = await createBench(t);
    const { path, component } = await pluginFile(t);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true, digest: sha256("others") })));
    assert.equal(statusOf(delivery).error?.code, "DIGEST_MISMATCH");
    await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true, digest: sha256(component) })));
    assert.equal(statusOf(delivery).state, "running");
  });

  const damages: readonly [name: string, expected: string, damage: (stem: string) => void][] = [
    ["is absent", "ARTIFACT_UNKNOWN", (stem) => rmSync(`${stem}.wasm`)],
    ["is empty", "ARTIFACT_TRUNCATED", (stem) => writeFileSync(`${stem}.wasm`, "")],
    ["is text", "ARTIFACT_NOT_WASM", (stem) => writeFileSync(`${stem}.wasm`, "Not WebAssembly at all.")],
    ["has 100 MB", "ARTIFACT_TOO_LARGE", (stem) => writeFileSync(`${stem}.wasm`, Buffer.alloc(100 << 20))],
    [
      "is cut short",
      "COMPONENT_INVALID",
      (stem) => writeFileSync(`${stem}.wasm`, Buffer.from("\0asm\x0d\0\x01\0\x07\x7f", "latin1")),
    ],
    ["has no manifest", "MANIFEST_INVALID", (stem) => rmSync(`${stem}.manifest.json`)],
    ["has a manifest that is not JSON", "MANIFEST_INVALID", (stem) => writeFileSync(`${stem}.manifest.json`, "{")],
  ];
  for (const [name, expected, damage] of damages) {
    test(`that ${name}: ${expected}`, async (t) => {
      const bench = await createBench(t);
      const { path, stem } = await pluginFile(t);
      damage(stem);
      const delivery = await bench.deliver({ registry: undefined });
      await delivery.apply(bench.snapshot(fromFile(path, { unsigned: true })));
      assert.equal(statusOf(delivery).error?.code, expected);
      assert.equal(delivery.slot(PLUGIN)?.current, undefined);
    });
  }
});

/** Pushes an artifact that no honest tool would lay out, signed by the publisher's own hand. */
async function pushForged(bench: Bench, layer: Uint8Array, size = layer.length): Promise<PluginArtifact> {
  const honest = layOutPlugin(await labelPlugin("1.0.0"));
  const descriptor = { ...describeContent(WASM_LAYER, layer), size };
  const { heddle, ...rest } = JSON.parse(Buffer.from(honest.config).toString());
  const config = jsonBytes({ ...rest, layerDigests: [descriptor.digest], heddle });
  const image = { ...JSON.parse(Buffer.from(honest.imageManifest).toString()), layers: [descriptor] };
  const imageManifest = jsonBytes({ ...image, config: describeContent(WASM_CONFIG, config) });
  const forged = {
    ...honest,
    imageManifest,
    config,
    layer,
    layerDigest: descriptor.digest,
    digest: sha256(imageManifest),
  };
  const bundle = signStatement(releaseStatement(forged), bench.publisher);
  const subject = describeContent(IMAGE_MANIFEST, imageManifest);
  const referrer = bundleReferrer({ bundle, subject, predicateType: "x", created: "2026-01-01T00:00:00Z" });
  for (const bytes of [config, layer, ...referrer.blobs.map((blob) => blob.bytes)])
    await bench.client.pushBlob(REPOSITORY, bytes);
  for (const bytes of [imageManifest, referrer.imageManifest]) {
    await bench.client.pushManifest(REPOSITORY, { bytes, mediaType: IMAGE_MANIFEST });
  }
  return forged;
}

describe("a digest that a document pins", () => {
  test("runs whatever the desired state says", async (t) => {
    const bench = await createBench(t);
    const [pinned, other] = [await bench.publish("1.0.0"), await bench.publish("1.1.0")];
    bench.desire(1, other);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot({ source: { kind: "digest", repository: REPOSITORY, digest: pinned.digest } }));
    assert.deepEqual([statusOf(delivery).state, statusOf(delivery).version], ["running", "1.0.0"]);
  });

  const forgeries: readonly [name: string, expected: string, layer: Uint8Array, size?: number][] = [
    ["text in place of a component", "ARTIFACT_NOT_WASM", Buffer.from("Not WebAssembly at all.")],
    ["a few bytes", "ARTIFACT_TRUNCATED", Buffer.from("\0asm")],
    ["a component of 100 MB, by its manifest", "ARTIFACT_TOO_LARGE", Buffer.from("\0asm"), 100 << 20],
    ["a component that is cut short", "COMPONENT_INVALID", Buffer.from("\0asm\x0d\0\x01\0\x07\x7f", "latin1")],
  ];
  for (const [name, expected, layer, size] of forgeries) {
    test(`signed ${name}: ${expected}`, async (t) => {
      const bench = await createBench(t);
      const { digest } = await pushForged(bench, layer, size);
      const delivery = await bench.deliver({ retry: { base: 60_000, max: 60_000 } });
      await delivery.apply(bench.snapshot({ source: { kind: "digest", repository: REPOSITORY, digest } }));
      assert.equal(statusOf(delivery).error?.code, expected);
    });
  }
});
