/** Content-addressed bytes, and the files that uploads grow in. Names on disk come from digests and UUIDs only. */

import type { Readable } from "node:stream";
import type { Digest } from "../../artifact/digest.ts";

export interface BlobStore {
  /** Bytes that an upload has so far. */
  uploadSize(id: string): Promise<number>;
  createUpload(id: string): Promise<void>;
  /**
   * Appends what the source yields and returns the new size. Bytes that arrived before the source failed are kept.
   * Throws ARTIFACT_TOO_LARGE beyond the limit.
   */
  append(id: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /**
   * Makes the upload the blob of this digest, durably, then runs `publish` with its size before anybody can remove it.
   * On a mismatch the upload is dropped and DIGEST_MISMATCH thrown.
   */
  commit(id: string, digest: Digest, publish: (size: number) => void): Promise<void>;
  discard(id: string): Promise<void>;
  /** False when the bytes on disk are missing or no longer those of the digest; hashed once in the life of a process. */
  isSound(digest: Digest, size: number): Promise<boolean>;
  /** `end` is inclusive. */
  read(digest: Digest, range?: { start: number; end: number }): Readable;
  readAll(digest: Digest): Promise<Uint8Array>;
  /** Runs `unpublish`; when it returns true the bytes go as well. */
  remove(digest: Digest, unpublish: () => boolean): Promise<void>;
  /** At start: drops what nobody was told about, returns the digests whose file is missing or of the wrong size. */
  reconcile(known: Iterable<{ digest: Digest; size: number }>, uploads: ReadonlySet<string>): Promise<Digest[]>;
}
