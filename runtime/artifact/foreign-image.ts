/**
 * Images in which other meshes publish filters of the proxy-wasm ABI. They carry no manifest of ours; what there is to know
 * is read from the module. Three layouts, by media types:
 *
 * - `compat` (Istio): an OCI or Docker image whose last layer is a gzipped tar with one `plugin.wasm`
 * - `oci` (solo.io): one layer that is the module, and a config of its own
 * - `wasm` (CNCF): the layout of our own plugins, without our manifest in its config
 */

import { HeddleError } from "../errors.ts";
import { DESCRIPTOR_SCHEMA, type Descriptor } from "./descriptor.ts";
import { MANIFEST_LIMIT, MODULE_LIMIT } from "./layout.ts";
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  DOCKER_MANIFEST,
  IMAGE_CONFIG,
  IMAGE_LAYER,
  IMAGE_MANIFEST,
  MODULE_CONFIG,
  MODULE_LAYER,
  WASM_CONFIG,
  WASM_LAYER,
} from "./media-types.ts";
import { compileSchema, decodeJson, parseJson } from "./schema.ts";
import { pluginInArchive } from "./tar-archive.ts";

export interface ForeignImage {
  readonly layout: "compat" | "oci" | "wasm";
  readonly config: Descriptor;
  /** The layer that is the module, or holds it. */
  readonly layer: Descriptor;
  /** What the image says of itself. */
  readonly annotations: Readonly<Record<string, string>>;
}

const MOST_LAYERS = 128;
const MOST_ROOTS = 128;

const checkImage = compileSchema<{
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string> | null;
}>(
  {
    type: "object",
    required: ["schemaVersion", "config", "layers"],
    properties: {
      schemaVersion: { const: 2 },
      mediaType: { enum: [IMAGE_MANIFEST, DOCKER_MANIFEST] },
      config: DESCRIPTOR_SCHEMA,
      layers: { type: "array", minItems: 1, maxItems: MOST_LAYERS, items: DESCRIPTOR_SCHEMA },
      annotations: { type: ["object", "null"], additionalProperties: { type: "string" } },
    },
  },
  "The image manifest",
  "MANIFEST_INVALID",
);

const checkModuleConfig = compileSchema<{ config?: { root_ids?: string[] | null } | null }>(
  {
    type: "object",
    properties: {
      config: {
        type: ["object", "null"],
        properties: {
          root_ids: { type: ["array", "null"], maxItems: MOST_ROOTS, items: { type: "string", maxLength: 253 } },
        },
      },
    },
  },
  "The config of the image",
  "MANIFEST_INVALID",
);

/** Whether the bytes are an image manifest that says that it is one of another mesh's filter. Decides nothing else. */
export function isForeignImage(bytes: Uint8Array): boolean {
  if (bytes.byteLength > MANIFEST_LIMIT) return false;
  try {
    const { config } = decodeJson(bytes, "MANIFEST_INVALID") as { config?: { mediaType?: unknown } };
    return [IMAGE_CONFIG, DOCKER_CONFIG, MODULE_CONFIG].some((known) => known === config?.mediaType);
  } catch {
    return false;
  }
}

/** @throws MANIFEST_INVALID for any other layout, ARTIFACT_TOO_LARGE */
export function parseForeignImage(bytes: Uint8Array, where?: string): ForeignImage {
  const { config, layers, annotations } = parseJson(bytes, checkImage, "MANIFEST_INVALID", where);
  const found = layerOf(config, layers);
  if (found === undefined) {
    const got = layers.map(({ mediaType }) => mediaType).join(", ");
    throw invalid(`expected layers of a proxy-wasm image, got ${got} under ${config.mediaType}`, where);
  }
  if (found.layer.size > MODULE_LIMIT) {
    const message = `expected a layer of at most ${MODULE_LIMIT} bytes, got ${found.layer.size}`;
    throw new HeddleError("ARTIFACT_TOO_LARGE", message, { where });
  }
  if (config.size > MANIFEST_LIMIT) {
    const message = `expected a config of at most ${MANIFEST_LIMIT} bytes, got ${config.size}`;
    throw new HeddleError("ARTIFACT_TOO_LARGE", message, { where });
  }
  return { ...found, config, annotations: annotations ?? {} };
}

function layerOf(
  config: Descriptor,
  layers: readonly Descriptor[],
): Pick<ForeignImage, "layout" | "layer"> | undefined {
  const only = (type: string): Descriptor | undefined => {
    const fitting = layers.filter(({ mediaType }) => mediaType === type);
    return fitting.length === 1 ? fitting[0] : undefined;
  };
  const layer =
    TYPES[config.mediaType]?.layout === "compat" ? layers.at(-1) : only(TYPES[config.mediaType]?.layer ?? "");
  const type = TYPES[config.mediaType];
  return type === undefined || layer?.mediaType !== type.layer ? undefined : { layout: type.layout, layer };
}

/** By the type of the config: what the layer has to be. */
const TYPES: Readonly<Record<string, { readonly layout: ForeignImage["layout"]; readonly layer: string }>> =
  Object.freeze({
    __proto__: null,
    [IMAGE_CONFIG]: { layout: "compat", layer: IMAGE_LAYER },
    [DOCKER_CONFIG]: { layout: "compat", layer: DOCKER_LAYER },
    [MODULE_CONFIG]: { layout: "oci", layer: MODULE_LAYER },
    [WASM_CONFIG]: { layout: "wasm", layer: WASM_LAYER },
  } as unknown as Record<string, { layout: ForeignImage["layout"]; layer: string }>);

/** Whether a config in our layout is without our manifest. Its digest has been checked. */
export function isWithoutManifest(config: Uint8Array, where?: string): boolean {
  const document = decodeJson(config, "MANIFEST_INVALID", where) as { heddle?: unknown } | null;
  return typeof document === "object" && document !== null && document.heddle === undefined;
}

/**
 * Which root context solo.io's config says that the module is to be. Undefined when it names none, or leaves a choice.
 * Its digest has been checked.
 */
export function rootIdOf({ layout }: ForeignImage, config: Uint8Array, where?: string): string | undefined {
  if (layout !== "oci") return undefined;
  const ids = parseJson(config, checkModuleConfig, "MANIFEST_INVALID", where).config?.root_ids ?? [];
  return ids.length === 1 ? ids[0] : undefined;
}

/** The module, from the bytes of its layer. @throws MANIFEST_INVALID, ARTIFACT_TOO_LARGE */
export function moduleOf({ layout }: ForeignImage, layer: Uint8Array, where?: string): Uint8Array {
  return layout === "compat" ? pluginInArchive(layer, where) : layer;
}

function invalid(message: string, where: string | undefined): HeddleError {
  return new HeddleError("MANIFEST_INVALID", message, { where });
}
