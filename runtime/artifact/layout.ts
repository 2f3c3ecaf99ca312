/**
 * A plugin in an OCI registry: the CNCF Wasm artifact layout. One image manifest, a config of type
 * `application/vnd.wasm.config.v0+json` that carries our manifest under `heddle`, one layer `application/wasm`.
 */

import { HeddleError } from "../errors.ts";
import { DESCRIPTOR_SCHEMA, type Descriptor, describe, jsonBytes } from "./descriptor.ts";
import { type Digest, sha256, verifyDigest } from "./digest.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { IMAGE_MANIFEST, WASM_CONFIG, WASM_LAYER } from "./media-types.ts";
import { compileSchema, parseJson } from "./schema.ts";

export const MANIFEST_LIMIT = 4 << 20;
export const MODULE_LIMIT = 16 << 20;

/** Everything that a push sends. */
export interface PluginArtifact {
  readonly manifest: Manifest;
  readonly imageManifest: Uint8Array;
  /** Of `imageManifest`: what a reference, a signature and a desired state name. */
  readonly digest: Digest;
  readonly config: Uint8Array;
  readonly configDigest: Digest;
  readonly layer: Uint8Array;
  readonly layerDigest: Digest;
}

/** An image manifest that was found to be a plugin's. */
export interface PluginLayout {
  readonly config: Descriptor;
  readonly layer: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface LayOutOptions {
  readonly manifest: Manifest;
  readonly component: Uint8Array;
  /** RFC 3339. The default is constant, so that the same plugin has the same digest wherever it is pushed from. */
  readonly created?: string;
}

/** The bytes to push. The same input gives the same bytes. */
export function layOutPlugin(options: LayOutOptions): PluginArtifact {
  const { manifest, component, created = "1970-01-01T00:00:00Z" } = options;
  parseManifest(manifest);
  assertWasm(component);
  const layer = describe(WASM_LAYER, component);
  const config = jsonBytes({
    created,
    author: manifest.author,
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [layer.digest],
    component: worldOf(manifest),
    heddle: manifest,
  });
  const imageManifest = jsonBytes({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: describe(WASM_CONFIG, config),
    layers: [{ ...layer, annotations: { "org.opencontainers.image.title": fileNameOf(manifest) } }],
    annotations: annotationsOf(manifest),
  });
  return {
    manifest,
    imageManifest,
    digest: sha256(imageManifest),
    config,
    configDigest: sha256(config),
    layer: component,
    layerDigest: layer.digest,
  };
}

const checkImage = compileSchema<{ config: Descriptor; layers: Descriptor[]; annotations?: Record<string, string> }>(
  {
    type: "object",
    required: ["schemaVersion", "mediaType", "config", "layers"],
    properties: {
      schemaVersion: { const: 2 },
      mediaType: { const: IMAGE_MANIFEST },
      config: {
        ...DESCRIPTOR_SCHEMA,
        properties: { ...DESCRIPTOR_SCHEMA.properties, mediaType: { const: WASM_CONFIG } },
      },
      layers: {
        type: "array",
        minItems: 1,
        maxItems: 1,
        items: {
          ...DESCRIPTOR_SCHEMA,
          properties: { ...DESCRIPTOR_SCHEMA.properties, mediaType: { const: WASM_LAYER } },
        },
      },
      annotations: { type: "object", additionalProperties: { type: "string" } },
    },
  },
  "The image manifest of a plugin",
  "MANIFEST_INVALID",
);

/** Reads an image manifest that should be a plugin's. Throws MANIFEST_INVALID or ARTIFACT_TOO_LARGE. */
export function parseImageManifest(bytes: Uint8Array, where?: string): PluginLayout {
  assertSize("image manifest", bytes.byteLength, MANIFEST_LIMIT, where);
  const { config, layers, annotations = {} } = parseJson(bytes, checkImage, "MANIFEST_INVALID", where);
  const layer = layers[0] as Descriptor;
  assertSize("config", config.size, MANIFEST_LIMIT, where);
  assertSize("module", layer.size, MODULE_LIMIT, where);
  return { config, layer, annotations };
}

const checkConfig = compileSchema<{ layerDigests: string[]; heddle: unknown }>(
  {
    type: "object",
    required: ["architecture", "os", "layerDigests", "component", "heddle"],
    properties: {
      architecture: { const: "wasm" },
      os: { const: "wasip2" },
      layerDigests: { type: "array", minItems: 1, maxItems: 1, items: { type: "string" } },
      component: { type: "object" },
      heddle: { type: "object" },
    },
  },
  "The config of a plugin",
  "MANIFEST_INVALID",
);

/** Reads the config blob that `layout` names: checks its digest, that it speaks of the same layer, and our manifest. */
export function parsePluginConfig(bytes: Uint8Array, layout: PluginLayout, where?: string): Manifest {
  assertSize("config", bytes.byteLength, MANIFEST_LIMIT, where);
  verifyDigest(bytes, layout.config.digest, where);
  const { layerDigests, heddle } = parseJson(bytes, checkConfig, "MANIFEST_INVALID", where);
  if (layerDigests[0] !== layout.layer.digest) {
    throw new HeddleError(
      "MANIFEST_INVALID",
      `The config speaks of layer ${layerDigests[0]}, the image manifest of ${layout.layer.digest}.`,
      { where },
    );
  }
  return parseManifest(heddle, where);
}

/** Throws unless these bytes are small enough and begin as a WebAssembly module or component does. */
export function assertWasm(bytes: Uint8Array, where?: string): void {
  assertSize("module", bytes.byteLength, MODULE_LIMIT, where);
  if (bytes.length < 8) {
    throw new HeddleError("ARTIFACT_TRUNCATED", `Expected at least 8 bytes, got ${bytes.length}.`, { where });
  }
  if (bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d) return;
  const start = Buffer.from(bytes.subarray(0, 4)).toString("hex");
  throw new HeddleError("ARTIFACT_NOT_WASM", `Expected the file to begin with 0061736d, it begins with ${start}.`, {
    where,
  });
}

function assertSize(what: string, size: number, limit: number, where: string | undefined): void {
  if (size <= limit) return;
  throw new HeddleError("ARTIFACT_TOO_LARGE", `The ${what} has ${size} bytes; the limit is ${limit}.`, { where });
}

function worldOf({ hooks, capabilities, contract }: Manifest): object {
  const qualified = (name: string) => `heddle:policy/${name}@${contract}`;
  return { exports: hooks.map(qualified), imports: capabilities.map(qualified), target: qualified("filter") };
}

/** `oras pull` saves a layer under its title, and leaves out a layer without one. */
function fileNameOf({ name }: Manifest): string {
  return `${name.slice(name.lastIndexOf("/") + 1)}.wasm`;
}

function annotationsOf({ name, version, description, license, author }: Manifest): Record<string, string> {
  return {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.licenses": license,
    "org.opencontainers.image.authors": author,
  };
}
