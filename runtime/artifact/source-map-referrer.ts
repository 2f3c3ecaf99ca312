/**
 * A plugin's source map in an OCI registry: one layer in a manifest that refers to the plugin's. It is not signed and
 * proves nothing; it only lets a proxy name file and line of a trap.
 */

import type { Descriptor } from "./descriptor.ts";
import { SOURCE_MAP } from "./media-types.ts";
import { layOutReferrer, type Referrer } from "./referrer.ts";
import { compileSchema, DIGEST, parseJson } from "./schema.ts";

/** Bytes; a larger map is neither pushed nor pulled. */
export const SOURCE_MAP_LIMIT = 4 << 20;

export function sourceMapReferrer(content: Uint8Array, subject: Descriptor): Referrer {
  return layOutReferrer({ type: SOURCE_MAP, content, subject });
}

const checkReferrer = compileSchema<{ layers: Descriptor[] }>(
  {
    type: "object",
    required: ["layers"],
    properties: {
      layers: {
        type: "array",
        minItems: 1,
        maxItems: 1,
        items: {
          type: "object",
          required: ["mediaType", "digest", "size"],
          properties: {
            mediaType: { const: SOURCE_MAP },
            digest: { type: "string", pattern: DIGEST },
            size: { type: "integer", minimum: 1, maximum: SOURCE_MAP_LIMIT },
          },
        },
      },
    },
  },
  "The source map's image manifest",
  "MANIFEST_INVALID",
);

/** The blob that holds the map. Throws MANIFEST_INVALID. */
export function sourceMapLayer(imageManifest: Uint8Array, where?: string): Descriptor {
  const { layers } = parseJson(imageManifest, checkReferrer, "MANIFEST_INVALID", where);
  return layers[0] as Descriptor;
}
