import { type Descriptor, describe, jsonBytes } from "./descriptor.ts";
import { type Digest, sha256 } from "./digest.ts";
import { EMPTY_CONFIG, IMAGE_MANIFEST } from "./media-types.ts";

/** An image manifest that refers to another as its subject (OCI image specification 1.1, "artifactType"). */
export interface Referrer {
  readonly imageManifest: Uint8Array;
  readonly digest: Digest;
  /** Blobs to push before the manifest. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

export interface ReferrerOptions {
  /** Of the manifest and of its one layer. */
  readonly type: string;
  readonly content: Uint8Array;
  readonly subject: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

const EMPTY_JSON = new TextEncoder().encode("{}");

/** The same input gives the same bytes. */
export function layOutReferrer({ type, content, subject, annotations }: ReferrerOptions): Referrer {
  const layer = { descriptor: describe(type, content), bytes: content };
  const config = { descriptor: describe(EMPTY_CONFIG, EMPTY_JSON), bytes: EMPTY_JSON };
  const imageManifest = jsonBytes({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    artifactType: type,
    config: config.descriptor,
    layers: [layer.descriptor],
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    ...(annotations && { annotations }),
  });
  return { imageManifest, digest: sha256(imageManifest), blobs: [config, layer] };
}
