/** What a release signature says: an in-toto statement v1 with our predicate, which binds a name and version to bytes. */

import { HeddleError } from "../errors.ts";
import { jsonBytes } from "./descriptor.ts";
import { type Digest, hexOf, sha256 } from "./digest.ts";
import type { PluginArtifact } from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import { compileSchema, DIGEST, SEMVER } from "./schema.ts";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const RELEASE_PREDICATE = "https://heddle.dev/plugin-release/v1";

export interface ReleasePredicate {
  readonly name: string;
  readonly version: string;
  readonly contract: string;
  /** Sorted. */
  readonly capabilities: readonly string[];
  /** Sorted; absent when there are none. */
  readonly sensitiveHeaders?: readonly string[];
  readonly layerDigest: Digest;
  /** Of the schema's JSON text; null when the plugin takes no configuration. */
  readonly configSchemaDigest: Digest | null;
}

export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly { readonly name?: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  /** cosign leaves out an empty one. */
  readonly predicate?: unknown;
}

export const checkStatement = compileSchema<Statement>(
  {
    type: "object",
    required: ["_type", "subject", "predicateType"],
    properties: {
      _type: { const: STATEMENT_TYPE },
      subject: {
        type: "array",
        minItems: 1,
        maxItems: 1,
        items: {
          type: "object",
          required: ["digest"],
          properties: {
            digest: {
              type: "object",
              required: ["sha256"],
              properties: { sha256: { type: "string", pattern: "^[0-9a-f]{64}$" } },
            },
          },
        },
      },
      predicateType: { type: "string", maxLength: 255 },
      predicate: { type: "object" },
    },
  },
  "The signed statement",
  "SIGNATURE_INVALID",
);

export const checkPredicate = compileSchema<ReleasePredicate>(
  {
    type: "object",
    required: ["name", "version", "contract", "capabilities", "layerDigest", "configSchemaDigest"],
    properties: {
      name: { type: "string", maxLength: 128 },
      version: { type: "string", maxLength: 64, pattern: SEMVER },
      contract: { type: "string", maxLength: 64, pattern: SEMVER },
      capabilities: { type: "array", maxItems: 64, items: { type: "string", maxLength: 64 } },
      sensitiveHeaders: { type: "array", maxItems: 64, items: { type: "string", maxLength: 64 } },
      layerDigest: { type: "string", pattern: DIGEST },
      configSchemaDigest: { type: ["string", "null"], pattern: DIGEST },
    },
  },
  "The release predicate",
  "SIGNATURE_INVALID",
);

/** What a signature on this artifact has to say. */
export function releaseStatement({ manifest, digest, layerDigest }: PluginArtifact): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: manifest.name, digest: { sha256: hexOf(digest) } }],
    predicateType: RELEASE_PREDICATE,
    predicate: releasePredicate(manifest, layerDigest),
  };
}

export function releasePredicate(manifest: Manifest, layerDigest: Digest): ReleasePredicate {
  const { sensitiveHeaders = [] } = manifest;
  return {
    name: manifest.name,
    version: manifest.version,
    contract: manifest.contract,
    capabilities: [...manifest.capabilities].sort(),
    ...(sensitiveHeaders.length > 0 && { sensitiveHeaders: [...sensitiveHeaders].sort() }),
    layerDigest,
    configSchemaDigest: manifest.configSchema === null ? null : sha256(jsonBytes(manifest.configSchema)),
  };
}

/**
 * Checks that a plugin's manifest says what was signed about it. The image digest covers the manifest as well; this
 * catches a signer who stated something else than what was built. Throws SIGNATURE_CLAIM_MISMATCH.
 */
export function assertClaims(predicate: ReleasePredicate, manifest: Manifest, where?: string): void {
  const built = releasePredicate(manifest, predicate.layerDigest);
  for (const field of Object.keys(built) as (keyof ReleasePredicate)[]) {
    const [claimed, actual] = [JSON.stringify(predicate[field]), JSON.stringify(built[field])];
    if (claimed === actual) continue;
    throw new HeddleError("SIGNATURE_CLAIM_MISMATCH", `Signed as ${field} ${claimed}, the manifest says ${actual}.`, {
      where,
    });
  }
}
