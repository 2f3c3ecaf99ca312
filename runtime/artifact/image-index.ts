/** One name for the images of several platforms (OCI image specification, "Image Index"; Docker's manifest list). */

import { HeddleError } from "../errors.ts";
import { DESCRIPTOR_SCHEMA, type Descriptor } from "./descriptor.ts";
import { MANIFEST_LIMIT } from "./layout.ts";
import { DOCKER_LIST, DOCKER_MANIFEST, IMAGE_INDEX, IMAGE_MANIFEST } from "./media-types.ts";
import { compileSchema, decodeJson, parseJson } from "./schema.ts";

interface Entry extends Descriptor {
  readonly platform?: { readonly architecture: string; readonly os: string };
}

const MOST_ENTRIES = 128;
/** Platforms that a message names. */
const MOST_NAMED = 8;
/** How tools call the system that a module of the proxy-wasm ABI is made for. */
const SYSTEMS: readonly string[] = ["wasip1", "wasi", "unknown"];
/** What BuildKit adds about an image is an entry of its own. */
const ABOUT_ANOTHER = "vnd.docker.reference.type";

const text = { type: "string", maxLength: 64 };
const checkIndex = compileSchema<{ manifests: Entry[] }>(
  {
    type: "object",
    required: ["schemaVersion", "manifests"],
    properties: {
      schemaVersion: { const: 2 },
      mediaType: { enum: [IMAGE_INDEX, DOCKER_LIST] },
      manifests: {
        type: "array",
        maxItems: MOST_ENTRIES,
        items: {
          ...DESCRIPTOR_SCHEMA,
          properties: {
            ...DESCRIPTOR_SCHEMA.properties,
            platform: {
              type: "object",
              required: ["architecture", "os"],
              properties: { architecture: text, os: text },
            },
          },
        },
      },
    },
  },
  "The image index",
  "MANIFEST_INVALID",
);

/** Whether the bytes are an index rather than an image. Decides nothing else. */
export function isImageIndex(bytes: Uint8Array): boolean {
  if (bytes.byteLength > MANIFEST_LIMIT) return false;
  try {
    const document = decodeJson(bytes, "MANIFEST_INVALID") as { manifests?: unknown; config?: unknown };
    return Array.isArray(document?.manifests) && document.config === undefined;
  } catch {
    return false;
  }
}

/**
 * The image for `wasm`, or else the only one.
 *
 * @throws MANIFEST_INVALID, IMAGE_AMBIGUOUS
 */
export function filterOfIndex(bytes: Uint8Array, where?: string): Descriptor {
  const { manifests } = parseJson(bytes, checkIndex, "MANIFEST_INVALID", where);
  const images = manifests.filter(
    ({ mediaType, annotations }) =>
      (mediaType === IMAGE_MANIFEST || mediaType === DOCKER_MANIFEST) && annotations?.[ABOUT_ANOTHER] === undefined,
  );
  const filters = images.filter(({ platform }) => platform?.architecture === "wasm" && SYSTEMS.includes(platform.os));
  const [chosen, another] = filters.length > 0 ? filters : images;
  if (chosen === undefined) {
    throw new HeddleError("MANIFEST_INVALID", "expected an index with the image of a filter, got none", { where });
  }
  if (another === undefined) return chosen;
  const got = images
    .slice(0, MOST_NAMED)
    .map(({ platform }) => (platform ? `${platform.os}/${platform.architecture}` : "no platform"));
  const message = `expected one image for wasip1/wasm in the index, or one at all, got ${got.join(", ")}`;
  throw new HeddleError("IMAGE_AMBIGUOUS", message, { where });
}
