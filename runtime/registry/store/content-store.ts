/** What the content plane keeps about repositories. Bytes of blobs are the BlobStore's business. */

import type { Descriptor } from "../../artifact/descriptor.ts";
import type { Digest } from "../../artifact/digest.ts";

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Exactly as pushed. */
  readonly bytes: Uint8Array;
}

export interface NewManifest extends StoredManifest {
  readonly artifactType: string | undefined;
  readonly subject: Digest | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Blobs and manifests that it points to. */
  readonly children: readonly Digest[];
  /** Known when it is a signature: what it claims about its key. Nothing about it has been verified. */
  readonly signature: SignatureClaim | undefined;
}

export interface SignatureClaim {
  readonly kind: "bundle" | "cosign";
  readonly subject: Digest;
  /** base64(sha256(SPKI DER)) of the signer's key, as a bundle claims it. */
  readonly hint?: string | undefined;
}

export interface SignatureRecord {
  readonly manifest: Digest;
  readonly subject: Digest;
  readonly kind: string;
  readonly hint: string | null;
}

export interface Page {
  /** At most this many. */
  readonly limit: number;
  /** Only what sorts after this. */
  readonly after?: string;
}

/** Every write is durable when it returns. A repository exists once something is in it. */
export interface ContentStore {
  hasRepository(repository: string): boolean;
  /** Blobs are seen only through repositories that hold them. */
  blobSize(repository: string, digest: Digest): number | undefined;
  /** Whether any repository holds it, or the named one does. */
  blobAnywhere(digest: Digest, repository?: string): number | undefined;
  linkBlob(repository: string, digest: Digest, size: number): void;
  /** True when no repository holds the blob any more. */
  unlinkBlob(repository: string, digest: Digest): boolean;
  /** Manifests of the repository that point to this digest. */
  isReferenced(repository: string, digest: Digest): boolean;
  blobs(): Iterable<{ digest: Digest; size: number }>;
  /** Forgets a blob in every repository. */
  forgetBlob(digest: Digest): void;
  /** Stores the manifest and points the tag to it, at once. `immutable`: refuse to move the tag (TAG_IMMUTABLE). */
  putManifest(repository: string, manifest: NewManifest, tag?: { name: string; immutable: boolean }): void;
  manifest(repository: string, reference: { digest: Digest } | { tag: string }): StoredManifest | undefined;
  hasManifest(repository: string, digest: Digest): boolean;
  deleteTag(repository: string, tag: string): boolean;
  /** And its tags. */
  deleteManifest(repository: string, digest: Digest): boolean;
  tagsOf(repository: string, digest: Digest): string[];
  /** In ASCII order. */
  tags(repository: string, page: Page): string[];
  referrers(repository: string, subject: Digest, artifactType: string | undefined, page: Page): Descriptor[];
  signatures(repository: string, subject: Digest): SignatureRecord[];
  openUpload(id: string, repository: string, started: number): void;
  uploadRepository(id: string): string | undefined;
  closeUpload(id: string): void;
  uploads(): { id: string; started: number }[];
}
