/** OCI content descriptors: a pointer to bytes by type, digest and size (OCI image specification, "Descriptor"). */

import { type Digest, sha256 } from "./digest.ts";
import { DIGEST } from "./schema.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const DESCRIPTOR_SCHEMA = {
  type: "object",
  required: ["mediaType", "digest", "size"],
  properties: {
    mediaType: { type: "string", maxLength: 255 },
    digest: { type: "string", pattern: DIGEST },
    size: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    artifactType: { type: "string", maxLength: 255 },
    annotations: { type: "object", additionalProperties: { type: "string" } },
  },
};

export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.byteLength };
}

/** The bytes of a JSON value, as every writer in this project writes it: no insignificant white space, UTF-8. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
