/** Content digests: `sha256:` and 64 lower-case hex digits (OCI image specification, "Digests"). */

import { createHash } from "node:crypto";
import { HeddleError } from "../errors.ts";

export type Digest = `sha256:${string}`;

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** The digest of these bytes. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && SHA256.test(value);
}

/** Throws DIGEST_INVALID unless `value` is a sha256 digest in its canonical form. */
export function assertDigest(value: unknown, where?: string): asserts value is Digest {
  if (isDigest(value)) return;
  throw new HeddleError("DIGEST_INVALID", `Expected a sha256 digest, got ${JSON.stringify(value)?.slice(0, 100)}.`, {
    where,
  });
}

/** Throws DIGEST_MISMATCH unless the bytes hash to `expected`. */
export function verifyDigest(bytes: Uint8Array, expected: string, where?: string): void {
  assertDigest(expected, where);
  const actual = sha256(bytes);
  if (actual === expected) return;
  throw new HeddleError("DIGEST_MISMATCH", `Expected ${expected}, the bytes hash to ${actual}.`, { where });
}

/** The 64 hex digits alone. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
