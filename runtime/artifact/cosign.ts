/** cosign's legacy signatures: an image manifest under the tag `sha256-<hex>.sig`, one layer for each signature. */

import { HeddleError } from "../errors.ts";
import { type Descriptor, describe, jsonBytes } from "./descriptor.ts";
import { type Digest, hexOf, sha256, verifyDigest } from "./digest.ts";
import { loadPublicKey, type SigningKey, type TrustedKey } from "./keys.ts";
import { IMAGE_CONFIG, IMAGE_MANIFEST, SIMPLE_SIGNING } from "./media-types.ts";
import { compileSchema, decodeJson, parseJson } from "./schema.ts";

export const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";
const PAYLOAD_TYPE = "cosign container image signature";
const LAYERS_READ = 1000;

export interface CosignSignature {
  /** `sha256-<hex>.sig`. */
  readonly tag: string;
  readonly imageManifest: Uint8Array;
  readonly digest: Digest;
  /** Blobs to push before the manifest. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

export interface CosignOptions {
  /** `HOST/REPOSITORY`; decoration, nobody checks it. */
  readonly reference: string;
  readonly manifestDigest: Digest;
  readonly key: SigningKey;
  /** The signature manifest that is there already: its layers are kept. */
  readonly existing?: Uint8Array;
}

const checkManifest = compileSchema<{ layers: (Descriptor & { annotations?: Record<string, string> })[] }>(
  {
    type: "object",
    required: ["schemaVersion", "layers"],
    properties: {
      schemaVersion: { const: 2 },
      layers: {
        type: "array",
        maxItems: LAYERS_READ,
        items: {
          type: "object",
          required: ["mediaType", "digest", "size"],
          properties: {
            mediaType: { type: "string" },
            digest: { type: "string" },
            size: { type: "integer", minimum: 0 },
            annotations: { type: "object", additionalProperties: { type: "string" } },
          },
        },
      },
    },
  },
  "The cosign signature manifest",
  "SIGNATURE_INVALID",
);

const checkPayload = compileSchema<{ critical: { image: { "docker-manifest-digest": string } } }>(
  {
    type: "object",
    required: ["critical"],
    properties: {
      critical: {
        type: "object",
        required: ["image", "type"],
        properties: {
          image: {
            type: "object",
            required: ["docker-manifest-digest"],
            properties: { "docker-manifest-digest": { type: "string" } },
          },
          type: { const: PAYLOAD_TYPE },
        },
      },
    },
  },
  "The cosign payload",
  "SIGNATURE_INVALID",
);

export function cosignTag(manifestDigest: Digest): string {
  return `sha256-${hexOf(manifestDigest)}.sig`;
}

/** Signs, keeping the signatures that are there. */
export function signCosign({ reference, manifestDigest, key, existing }: CosignOptions): CosignSignature {
  const payload = jsonBytes({
    critical: {
      identity: { "docker-reference": reference },
      image: { "docker-manifest-digest": manifestDigest },
      type: PAYLOAD_TYPE,
    },
    optional: null,
  });
  const descriptor = describe(SIMPLE_SIGNING, payload);
  const signature = Buffer.from(key.sign(payload)).toString("base64");
  const layers = [...layersOf(existing), { ...descriptor, annotations: { [SIGNATURE_ANNOTATION]: signature } }];
  const config = configFor(layers);
  const imageManifest = jsonBytes({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: describe(IMAGE_CONFIG, config),
    layers,
  });
  const blobs = [
    { descriptor: describe(IMAGE_CONFIG, config), bytes: config },
    { descriptor, bytes: payload },
  ];
  return { tag: cosignTag(manifestDigest), imageManifest, digest: sha256(imageManifest), blobs };
}

/** The payload blobs to fetch for `verifyCosign`, each with its signature. */
export function cosignLayers(
  imageManifest: Uint8Array,
  where?: string,
): { descriptor: Descriptor; signature: Uint8Array }[] {
  const { layers } = parseJson(imageManifest, checkManifest, "SIGNATURE_INVALID", where);
  return layers.flatMap((layer) => {
    const signature = layer.annotations?.[SIGNATURE_ANNOTATION];
    if (layer.mediaType !== SIMPLE_SIGNING || signature === undefined) return [];
    return [{ descriptor: layer, signature: Buffer.from(signature, "base64") }];
  });
}

export interface CosignClaim {
  readonly manifestDigest: Digest;
  readonly signatures: readonly {
    readonly descriptor: Descriptor;
    readonly payload: Uint8Array;
    readonly signature: Uint8Array;
  }[];
  readonly trusted: readonly TrustedKey[];
  readonly where?: string;
}

/**
 * Which trusted key signed this digest. Such a signature binds no name and no version: it is no ground for running a
 * plugin, see `verifyRelease`. Throws SIGNATURE_MISSING, SIGNATURE_KEY_UNKNOWN, SIGNATURE_CLAIM_MISMATCH.
 */
export function verifyCosign({ manifestDigest, signatures, trusted, where }: CosignClaim): TrustedKey {
  if (signatures.length === 0)
    throw new HeddleError("SIGNATURE_MISSING", `No cosign signature on ${manifestDigest}.`, { where });
  const keys = trusted.map((entry) => ({ entry, key: loadPublicKey(entry.publicKey, `trusted key ${entry.name}`) }));
  for (const { descriptor, payload, signature } of signatures) {
    verifyDigest(payload, descriptor.digest, where);
    const match = keys.find(({ key }) => key.verify(payload, signature));
    if (match === undefined) continue;
    assertImage(payload, manifestDigest, where);
    return match.entry;
  }
  throw new HeddleError("SIGNATURE_KEY_UNKNOWN", "None of the cosign signatures is by a trusted key.", { where });
}

function assertImage(payload: Uint8Array, manifestDigest: Digest, where: string | undefined): void {
  const { critical } = checkPayload(decodeJson(payload, "SIGNATURE_INVALID", where), where);
  const signed = critical.image["docker-manifest-digest"];
  if (signed === manifestDigest) return;
  throw new HeddleError(
    "SIGNATURE_CLAIM_MISMATCH",
    `The signature speaks about ${signed}, not about ${manifestDigest}.`,
    { where },
  );
}

function layersOf(existing: Uint8Array | undefined): Descriptor[] {
  return existing === undefined ? [] : parseJson(existing, checkManifest, "SIGNATURE_INVALID").layers;
}

function configFor(layers: readonly Descriptor[]): Uint8Array {
  const created = "0001-01-01T00:00:00Z";
  return jsonBytes({
    architecture: "",
    created,
    history: layers.map(() => ({ created })),
    os: "",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    config: {},
  });
}
