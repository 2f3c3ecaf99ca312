import type { KeyObject } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, Verifier } from "@sigstore/verify";
import { type Code, HeddleError } from "../errors.ts";
import { BUNDLE_LIMIT, type Bundle, checkBundle } from "./bundle.ts";
import { type Digest, hexOf } from "./digest.ts";
import { candidateKeys } from "./dsse.ts";
import type { TrustedKey } from "./keys.ts";
import { IN_TOTO } from "./media-types.ts";
import { decodeJson, parseJson } from "./schema.ts";
import { checkStatement, type Statement } from "./statement.ts";

export interface StatementClaim {
  readonly manifestDigest: Digest;
  readonly trusted: readonly TrustedKey[];
  readonly where?: string;
}

/**
 * What a bundle says about the digest, and the trusted key that says so. What kind of statement it is, the caller looks at.
 *
 * @throws SIGNATURE_KEY_UNKNOWN, SIGNATURE_INVALID, SIGNATURE_CLAIM_MISMATCH
 */
export function signedStatement(bytes: Uint8Array, claim: StatementClaim): { key: TrustedKey; statement: Statement } {
  const { where } = claim;
  try {
    if (bytes.byteLength > BUNDLE_LIMIT)
      throw invalid(`The bundle has ${bytes.byteLength} bytes; the limit is ${BUNDLE_LIMIT}.`, where);
    const bundle = checkBundle(decodeJson(bytes, "SIGNATURE_INVALID", where), where);
    const { payloadType, payload } = bundle.dsseEnvelope;
    if (payloadType !== IN_TOTO) throw invalid(`Expected the payload type ${IN_TOTO}, got ${payloadType}.`, where);
    const key = verifySignature(bundle, claim);
    const statement = parseJson(Buffer.from(payload, "base64"), checkStatement, "SIGNATURE_INVALID", where);
    assertSubject(statement, claim);
    return { key, statement };
  } catch (thrown) {
    if (thrown instanceof HeddleError) throw thrown;
    throw new HeddleError("SIGNATURE_INVALID", `The bundle cannot be read: ${thrown}.`, { where, cause: thrown });
  }
}

const SEVERITY: readonly Code[] = ["SIGNATURE_CLAIM_MISMATCH", "SIGNATURE_INVALID", "SIGNATURE_KEY_UNKNOWN"];

/** Of several failures, the one that came furthest. */
export function furthest(failures: readonly HeddleError[]): HeddleError | undefined {
  for (const code of SEVERITY) {
    const failure = failures.find((error) => error.code === code);
    if (failure !== undefined) return failure;
  }
  return failures[0];
}

/**
 * Only key and signature are looked at: transparency-log entries and timestamps prove nothing to a verifier that
 * pins keys and works offline, so they are left out.
 */
function verifySignature(bundle: Bundle, { trusted, where }: StatementClaim): TrustedKey {
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

function assertSubject(statement: Statement, { manifestDigest, where }: StatementClaim): void {
  const signed = statement.subject[0]?.digest.sha256;
  if (signed === hexOf(manifestDigest)) return;
  const message = `The signature speaks about sha256:${signed}, not about ${manifestDigest}.`;
  throw new HeddleError("SIGNATURE_CLAIM_MISMATCH", message, { where });
}

function invalid(message: string, where: string | undefined): HeddleError {
  return new HeddleError("SIGNATURE_INVALID", message, { where });
}
