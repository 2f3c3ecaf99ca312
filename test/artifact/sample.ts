/** A small signed plugin for the tests of this folder and of the registry. */

import { layOutPlugin, type PluginArtifact } from "../../runtime/artifact/layout.ts";
import type { Manifest } from "../../runtime/artifact/manifest.ts";

/** The header of a component, and padding that makes it unlike any other. */
export function wasmBytes(fill: number, size = 64): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0][i] ?? fill);
}

export function sampleManifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    name: "api-key",
    version: "1.0.0",
    description: "Checks an API key.",
    license: "Apache-2.0",
    author: "Heddle",
    contract: "0.1.0",
    sdk: "0.1.0",
    hooks: ["configure", "on-request"],
    capabilities: ["local-response", "request"],
    configSchema: { type: "object", properties: { header: { type: "string" } } },
    limits: { memoryPages: 16, hookMillis: 50 },
    memory: "arena",
    ...overrides,
  };
}

export function sampleArtifact(overrides: Partial<Manifest> = {}, fill = 1): PluginArtifact {
  return layOutPlugin({ manifest: sampleManifest(overrides), component: wasmBytes(fill) });
}
