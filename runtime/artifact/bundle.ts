/**
 * Sigstore bundles v0.3 with a key pair: a DSSE envelope around an in-toto statement, stored as an OCI referrer.
 * cosign verifies what `signRelease` writes; trust comes only from the keys that the caller passes.
 */

import { HeddleError } from "../errors.ts";
import { type Descriptor, describe, jsonBytes } from "./descriptor.ts";
import { type Digest, sha256 } from "./digest.ts";
import { ENVELOPE_SCHEMA, type Envelope, signEnvelope } from "./dsse.ts";
import type { SigningKey } from "./keys.ts";
import type { PluginArtifact } from "./layout.ts";
import { BUNDLE, EMPTY_CONFIG, IMAGE_MANIFEST, IN_TOTO } from "./media-types.ts";
import { compileSchema } from "./schema.ts";
import { releaseStatement, type Statement } from "./statement.ts";

/** The predicate that `cosign sign` v3 writes: it binds a digest and no name. */
export const COSIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";
export const BUNDLE_LIMIT = 1 << 20;
export const EMPTY_JSON: Uint8Array = new TextEncoder().encode("{}");

export interface Bundle {
  readonly mediaType: typeof BUNDLE;
  readonly verificationMaterial: { readonly publicKey: { readonly hint?: string } };
  readonly dsseEnvelope: Envelope;
}

/** Other verification material (certificates) and other contents (message signatures) are refused. */
export const checkBundle = compileSchema<Bundle>(
  {
    type: "object",
    required: ["mediaType", "verificationMaterial", "dsseEnvelope"],
    additionalProperties: false,
    properties: {
      mediaType: { const: BUNDLE },
      verificationMaterial: {
        type: "object",
        required: ["publicKey"],
        additionalProperties: false,
        properties: {
          publicKey: {
            type: "object",
            additionalProperties: false,
            properties: { hint: { type: "string", maxLength: 255 } },
          },
          tlogEntries: { type: "array" },
          timestampVerificationData: { type: "object" },
        },
      },
      dsseEnvelope: ENVELOPE_SCHEMA,
    },
  },
  "The signature bundle",
  "SIGNATURE_INVALID",
);

/** The bytes of a bundle that says this artifact is a release of its name and version. */
export function signRelease(artifact: PluginArtifact, key: SigningKey): Uint8Array {
  return signStatement(releaseStatement(artifact), key);
}

export function signStatement(statement: Statement, key: SigningKey): Uint8Array {
  const bundle: Bundle = {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: key.public.hint } },
    dsseEnvelope: signEnvelope({ payloadType: IN_TOTO, payload: jsonBytes(statement), key }),
  };
  return jsonBytes(bundle);
}

export interface Referrer {
  readonly imageManifest: Uint8Array;
  readonly digest: Digest;
  /** Blobs to push before the manifest. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

export interface ReferrerOptions {
  readonly bundle: Uint8Array;
  readonly subject: Descriptor;
  readonly predicateType: string;
  /** RFC 3339. */
  readonly created: string;
}

/** The image manifest by which a bundle refers to what it signs. */
export function bundleReferrer({ bundle, subject, predicateType, created }: ReferrerOptions): Referrer {
  const layer = { descriptor: describe(BUNDLE, bundle), bytes: bundle };
  const config = { descriptor: describe(EMPTY_CONFIG, EMPTY_JSON), bytes: EMPTY_JSON };
  const imageManifest = jsonBytes({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    artifactType: BUNDLE,
    config: config.descriptor,
    layers: [layer.descriptor],
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": predicateType,
      "org.opencontainers.image.created": created,
    },
  });
  return { imageManifest, digest: sha256(imageManifest), blobs: [config, layer] };
}

const checkReferrer = compileSchema<{ layers: Descriptor[]; subject: Descriptor }>(
  {
    type: "object",
    required: ["schemaVersion", "layers", "subject"],
    properties: {
      schemaVersion: { const: 2 },
      layers: {
        type: "array",
        minItems: 1,
        maxItems: 1,
        items: {
          type: "object",
          required: ["mediaType", "digest", "size"],
          properties: {
            mediaType: { const: BUNDLE },
            digest: { type: "string" },
            size: { type: "integer", minimum: 1, maximum: BUNDLE_LIMIT },
          },
        },
      },
      subject: { type: "object", required: ["digest"], properties: { digest: { type: "string" } } },
    },
  },
  "The signature's image manifest",
  "SIGNATURE_INVALID",
);

/** The blob that holds the bundle, from a referrer's image manifest; throws unless it refers to `subject`. */
export function bundleLayer(imageManifest: unknown, subject: Digest, where?: string): Descriptor {
  const referrer = checkReferrer(imageManifest, where);
  if (referrer.subject.digest === subject) return referrer.layers[0] as Descriptor;
  throw new HeddleError(
    "SIGNATURE_CLAIM_MISMATCH",
    `The signature refers to ${referrer.subject.digest}, not to ${subject}.`,
    { where },
  );
}
