/** The one question a proxy asks: which trusted key released exactly these bytes, and as what? */

import type { KeyObject } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, Verifier } from "@sigstore/verify";
import { type Code, HeddleError } from "../errors.ts";
import { BUNDLE_LIMIT, type Bundle, checkBundle } from "./bundle.ts";
import { type Digest, hexOf, verifyDigest } from "./digest.ts";
import { candidateKeys } from "./dsse.ts";
import type { TrustedKey } from "./keys.ts";
import { parseImageManifest } from "./layout.ts";
import { IN_TOTO } from "./media-types.ts";
import { decodeJson, parseJson } from "./schema.ts";
import {
  checkPredicate,
  checkStatement,
  RELEASE_PREDICATE,
  type ReleasePredicate,
  type Statement,
} from "./statement.ts";

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
      failures.push(asFailure(thrown, claim.where));
    }
  }
  throw worst(failures) ?? missing(claim);
}

/** Undefined for a valid signature that is not a release statement: it neither helps nor harms. */
function verifyBundle(bytes: Uint8Array, claim: ReleaseClaim): Release | undefined {
  const { where } = claim;
  if (bytes.byteLength > BUNDLE_LIMIT)
    throw invalid(`The bundle has ${bytes.byteLength} bytes; the limit is ${BUNDLE_LIMIT}.`, where);
  const bundle = checkBundle(decodeJson(bytes, "SIGNATURE_INVALID", where), where);
  const { payloadType, payload } = bundle.dsseEnvelope;
  if (payloadType !== IN_TOTO) throw invalid(`Expected the payload type ${IN_TOTO}, got ${payloadType}.`, where);
  const key = verifySignature(bundle, claim);
  const statement = parseJson(Buffer.from(payload, "base64"), checkStatement, "SIGNATURE_INVALID", where);
  assertSubject(statement, claim);
  if (statement.predicateType !== RELEASE_PREDICATE) return undefined;
  const predicate = checkPredicate(statement.predicate, where);
  assertPredicate(predicate, claim);
  return { key, predicate };
}

/**
 * Only key and signature are looked at: transparency-log entries and timestamps prove nothing to a verifier that
 * pins keys and works offline, so they are left out.
 */
function verifySignature(bundle: Bundle, { trusted, where }: ReleaseClaim): TrustedKey {
  const { publicKey } = bundle.verificationMaterial;
  const entity = toSignedEntity(bundleFromJSON({ ...bundle, verificationMaterial: { publicKey } }));
  const candidates = candidateKeys(trusted, publicKey.hint, where);
  for (const { trusted: entry, key } of candidates) {
    if (verifies(entity, key.key)) return entry;
  }
  if (publicKey.hint) throw invalid(`The signature does not match the key ${candidates[0]?.trusted.name}.`, where);
  throw new HeddleError("SIGNATURE_KEY_UNKNOWN", "The signature is by none of the trusted keys.", { where });
}

function verifies(entity: Parameters<Verifier["verify"]>[0], publicKey: KeyObject): boolean {
  const trust = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  };
  try {
    new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(entity);
    return true;
  } catch {
    return false;
  }
}

function assertSubject(statement: Statement, { manifestDigest, where }: ReleaseClaim): void {
  const signed = statement.subject[0]?.digest.sha256;
  if (signed === hexOf(manifestDigest)) return;
  throw mismatch(`The signature speaks about sha256:${signed}, not about ${manifestDigest}.`, where);
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

const SEVERITY: readonly Code[] = ["SIGNATURE_CLAIM_MISMATCH", "SIGNATURE_INVALID", "SIGNATURE_KEY_UNKNOWN"];

function worst(failures: readonly HeddleError[]): HeddleError | undefined {
  for (const code of SEVERITY) {
    const failure = failures.find((error) => error.code === code);
    if (failure !== undefined) return failure;
  }
  return failures[0];
}

function missing({ bundles, manifestDigest, where }: ReleaseClaim): HeddleError {
  const others = bundles.length === 0 ? "" : ` (${bundles.length} signatures of other kinds)`;
  return new HeddleError("SIGNATURE_MISSING", `No release signature on ${manifestDigest}${others}.`, { where });
}

function asFailure(thrown: unknown, where: string | undefined): HeddleError {
  if (thrown instanceof HeddleError) return thrown;
  return new HeddleError("SIGNATURE_INVALID", `The bundle cannot be read: ${thrown}.`, { where, cause: thrown });
}

function invalid(message: string, where: string | undefined): HeddleError {
  return new HeddleError("SIGNATURE_INVALID", message, { where });
}

function mismatch(message: string, where: string | undefined): HeddleError {
  return new HeddleError("SIGNATURE_CLAIM_MISMATCH", message, { where });
}
