/** The one question a proxy asks: which trusted key released exactly these bytes, and as what? */

import { HeddleError, isHeddleError } from "../errors.ts";
import { type Digest, verifyDigest } from "./digest.ts";
import type { TrustedKey } from "./keys.ts";
import { parseImageManifest } from "./layout.ts";
import { furthest, signedStatement } from "./signed-statement.ts";
import { checkPredicate, RELEASE_PREDICATE, type ReleasePredicate } from "./statement.ts";

/** More signatures than this on one plugin are not looked at. */
export const BUNDLES_READ = 64;

export interface ReleaseClaim {
  readonly manifestBytes: Uint8Array;
  readonly manifestDigest: Digest;
  /** Bundle blobs, as the registry served them. */
  readonly bundles: readonly Uint8Array[];
  readonly trusted: readonly TrustedKey[];
  readonly expect?: { readonly name?: string; readonly version?: string };
  readonly where?: string;
}

export interface Release {
  readonly key: TrustedKey;
  readonly predicate: ReleasePredicate;
}

/**
 * Throws DIGEST_MISMATCH when the bytes are not the digest's; SIGNATURE_MISSING, SIGNATURE_KEY_UNKNOWN,
 * SIGNATURE_INVALID or SIGNATURE_CLAIM_MISMATCH when no bundle is a release by a trusted key: of several
 * failures, the one that came furthest.
 */
export function verifyRelease(claim: ReleaseClaim): Release {
  verifyDigest(claim.manifestBytes, claim.manifestDigest, claim.where);
  const failures: HeddleError[] = [];
  for (const bytes of claim.bundles.slice(0, BUNDLES_READ)) {
    try {
      const release = verifyBundle(bytes, claim);
      if (release !== undefined) return release;
    } catch (thrown) {
      if (!isHeddleError(thrown)) throw thrown;
      failures.push(thrown);
    }
  }
  throw furthest(failures) ?? missing(claim);
}

/** Undefined for a valid signature that is not a release statement: it neither helps nor harms. */
function verifyBundle(bytes: Uint8Array, claim: ReleaseClaim): Release | undefined {
  const { key, statement } = signedStatement(bytes, claim);
  if (statement.predicateType !== RELEASE_PREDICATE) return undefined;
  const predicate = checkPredicate(statement.predicate, claim.where);
  assertPredicate(predicate, claim);
  return { key, predicate };
}

function assertPredicate(predicate: ReleasePredicate, { manifestBytes, expect = {}, where }: ReleaseClaim): void {
  const { layer } = parseImageManifest(manifestBytes, where);
  if (predicate.layerDigest !== layer.digest) {
    throw mismatch(`Signed for module ${predicate.layerDigest}, the manifest names ${layer.digest}.`, where);
  }
  for (const field of ["name", "version"] as const) {
    const wanted = expect[field];
    if (wanted !== undefined && wanted !== predicate[field]) {
      throw mismatch(`Expected the ${field} ${wanted}, the signature says ${predicate[field]}.`, where);
    }
  }
}

function missing({ bundles, manifestDigest, where }: ReleaseClaim): HeddleError {
  const others = bundles.length === 0 ? "" : ` (${bundles.length} signatures of other kinds)`;
  return new HeddleError("SIGNATURE_MISSING", `No release signature on ${manifestDigest}${others}.`, { where });
}

function mismatch(message: string, where: string | undefined): HeddleError {
  return new HeddleError("SIGNATURE_CLAIM_MISMATCH", message, { where });
}
