/**
 * Sigstore bundles v0.3 with a key pair: a DSSE envelope around an in-toto statement, stored as an OCI referrer.
 * cosign verifies what `signRelease` writes; trust comes only from the keys that the caller passes.
 */

import { HeddleError } from "../errors.ts";
import { type Descriptor, jsonBytes } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { ENVELOPE_SCHEMA, type Envelope, signEnvelope } from "./dsse.ts";
import type { SigningKey } from "./keys.ts";
import type { PluginArtifact } from "./layout.ts";
import { BUNDLE, IN_TOTO } from "./media-types.ts";
import { layOutReferrer, type Referrer } from "./referrer.ts";
import { compileSchema } from "./schema.ts";
import { releaseStatement, type Statement } from "./statement.ts";

/** The predicate that `cosign sign` v3 writes: it binds a digest and no name. */
export const COSIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";
export const BUNDLE_LIMIT = 1 << 20;

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

export interface BundleReferrerOptions {
  readonly bundle: Uint8Array;
  readonly subject: Descriptor;
  readonly predicateType: string;
  /** RFC 3339. */
  readonly created: string;
}

/** The image manifest by which a bundle refers to what it signs. */
export function bundleReferrer({ bundle, subject, predicateType, created }: BundleReferrerOptions): Referrer {
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateType,
    "org.opencontainers.image.created": created,
  };
  return layOutReferrer({ type: BUNDLE, content: bundle, subject, annotations });
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
