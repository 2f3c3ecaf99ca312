import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { sha256 } from "../../runtime/artifact/digest.ts";
import {
  assertWasm,
  layOutPlugin,
  MANIFEST_LIMIT,
  MODULE_LIMIT,
  parseImageManifest,
  parsePluginConfig,
} from "../../runtime/artifact/layout.ts";
import type { Code } from "../../runtime/errors.ts";
import { sampleArtifact, sampleManifest, wasmBytes } from "./sample.ts";
import { throwsCode } from "./throws.ts";

const artifact = sampleArtifact();
const image = JSON.parse(Buffer.from(artifact.imageManifest).toString());

describe("plugin layout", () => {
  test("writes the CNCF Wasm layout", () => {
    assert.equal(image.mediaType, "application/vnd.oci.image.manifest.v1+json");
    assert.equal(image.config.mediaType, "application/vnd.wasm.config.v0+json");
    const annotations = { "org.opencontainers.image.title": "api-key.wasm" };
    assert.deepEqual(image.layers, [
      { mediaType: "application/wasm", digest: artifact.layerDigest, size: 64, annotations },
    ]);
    const config = JSON.parse(Buffer.from(artifact.config).toString());
    assert.equal(config.architecture, "wasm");
    assert.equal(config.os, "wasip2");
    assert.deepEqual(config.layerDigests, [artifact.layerDigest]);
    assert.deepEqual(config.component.imports, ["heddle:policy/local-response@0.1.0", "heddle:policy/request@0.1.0"]);
  });

  test("reads back what it wrote, and writes the same bytes twice", () => {
    const layout = parseImageManifest(artifact.imageManifest);
    assert.equal(layout.layer.digest, artifact.layerDigest);
    assert.deepEqual(parsePluginConfig(artifact.config, layout), sampleManifest());
    assert.equal(sampleArtifact().digest, artifact.digest);
  });

  const layer = image.layers[0];
  const bad: [name: string, change: object, code: Code][] = [
    ["two layers", { layers: [layer, layer] }, "MANIFEST_INVALID"],
    ["no layer", { layers: [] }, "MANIFEST_INVALID"],
    ["a foreign layer type", { layers: [{ ...layer, mediaType: "application/octet-stream" }] }, "MANIFEST_INVALID"],
    ["a foreign config type", { config: { ...image.config, mediaType: "application/json" } }, "MANIFEST_INVALID"],
    ["an index", { mediaType: "application/vnd.oci.image.index.v1+json" }, "MANIFEST_INVALID"],
    ["a bad digest", { layers: [{ ...layer, digest: "sha256:x" }] }, "MANIFEST_INVALID"],
    ["a negative size", { layers: [{ ...layer, size: -1 }] }, "MANIFEST_INVALID"],
    ["a huge module", { layers: [{ ...layer, size: MODULE_LIMIT + 1 }] }, "ARTIFACT_TOO_LARGE"],
    ["a huge config", { config: { ...image.config, size: MANIFEST_LIMIT + 1 } }, "ARTIFACT_TOO_LARGE"],
  ];
  for (const [name, change, code] of bad) {
    test(`refuses ${name}`, () => {
      throwsCode(() => parseImageManifest(jsonBytes({ ...image, ...change })), code);
    });
  }

  test("refuses a manifest that is too large, not JSON, or not UTF-8", () => {
    throwsCode(() => parseImageManifest(new Uint8Array(MANIFEST_LIMIT + 1)), "ARTIFACT_TOO_LARGE");
    throwsCode(() => parseImageManifest(Buffer.from("{")), "MANIFEST_INVALID");
    throwsCode(() => parseImageManifest(Uint8Array.of(0x22, 0xff, 0x22)), "MANIFEST_INVALID");
  });

  test("refuses a config that speaks of another layer or is not the one named", () => {
    const layout = parseImageManifest(artifact.imageManifest);
    throwsCode(() => parsePluginConfig(sampleArtifact({}, 2).config, layout), "DIGEST_MISMATCH");
    const other = sampleArtifact({}, 2).config;
    const swapped = { ...layout, config: { ...layout.config, digest: sha256(other) } };
    throwsCode(() => parsePluginConfig(other, swapped), "MANIFEST_INVALID");
  });

  test("refuses what is not WebAssembly", () => {
    throwsCode(() => assertWasm(Buffer.from("#!/bin/sh\n")), "ARTIFACT_NOT_WASM");
    throwsCode(() => assertWasm(wasmBytes(0).subarray(0, 7)), "ARTIFACT_TRUNCATED");
    throwsCode(() => assertWasm(new Uint8Array(MODULE_LIMIT + 1)), "ARTIFACT_TOO_LARGE");
    throwsCode(
      () => layOutPlugin({ manifest: sampleManifest({ name: "A" }), component: wasmBytes(1) }),
      "MANIFEST_INVALID",
    );
  });
});
