/**
 * Key pairs for signing: ECDSA P-256 and Ed25519, the two that cosign, sigstore-js and Node agree on.
 * The id of a key is `base64(sha256(SPKI DER))`, as in Sigstore bundles.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { HeddleError } from "../errors.ts";
import { decryptPkcs8, encryptPkcs8, isEncryptedPem } from "./encrypted-key.ts";

export type KeyAlgorithm = "ecdsa-p256" | "ed25519";

export interface PublicKey {
  readonly algorithm: KeyAlgorithm;
  readonly key: KeyObject;
  /** SPKI. */
  readonly pem: string;
  /** base64(sha256(SPKI DER)). */
  readonly hint: string;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

export interface SigningKey {
  readonly public: PublicKey;
  readonly key: KeyObject;
  /** ECDSA signatures are DER, over SHA-256. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** A key that policy trusts, by the name that policy gives it. */
export interface TrustedKey {
  readonly name: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

export function generateKey(algorithm: KeyAlgorithm = "ecdsa-p256"): SigningKey {
  const pair =
    algorithm === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return signingKey(pair.privateKey);
}

/** Reads a private key: plain PKCS#8, or cosign's encrypted form with its password. Throws KEY_INVALID, KEY_PASSWORD. */
export function loadPrivateKey(
  pem: string,
  { password, where }: { password?: string; where?: string } = {},
): SigningKey {
  if (isEncryptedPem(pem)) return signingKey(fromDer(decryptPkcs8(pem, password, where), where), where);
  try {
    return signingKey(createPrivateKey(pem), where);
  } catch (cause) {
    throw keyError("a private key in PEM", cause, where);
  }
}

/** Reads an SPKI public key in PEM. Throws KEY_INVALID. */
export function loadPublicKey(pem: string, where?: string): PublicKey {
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) throw keyError("a PEM block PUBLIC KEY", "none found", where);
  try {
    return publicKey(createPublicKey(pem), where);
  } catch (cause) {
    throw keyError("a public key in PEM", cause, where);
  }
}

/** Plain PKCS#8 PEM. */
export function exportPrivateKey({ key }: SigningKey): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** cosign's encrypted form. */
export function exportEncryptedKey({ key }: SigningKey, password: string): string {
  return encryptPkcs8(key.export({ type: "pkcs8", format: "der" }), password);
}

function signingKey(key: KeyObject, where?: string): SigningKey {
  const own = publicKey(createPublicKey(key), where);
  return { public: own, key, sign: (bytes) => new Uint8Array(sign(hashOf(own.algorithm), bytes, key)) };
}

function publicKey(key: KeyObject, where: string | undefined): PublicKey {
  const algorithm = algorithmOf(key, where);
  const hash = hashOf(algorithm);
  const der = key.export({ type: "spki", format: "der" });
  return {
    algorithm,
    key,
    pem: key.export({ type: "spki", format: "pem" }).toString(),
    hint: createHash("sha256").update(der).digest("base64"),
    verify: (bytes, signature) => verify(hash, bytes, key, signature),
  };
}

function algorithmOf(key: KeyObject, where: string | undefined): KeyAlgorithm {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === "ed25519") return "ed25519";
  if (key.asymmetricKeyType === "ec" && curve === "prime256v1") return "ecdsa-p256";
  throw keyError("a P-256 or Ed25519 key", `${key.asymmetricKeyType} ${curve ?? ""}`.trim(), where);
}

function hashOf(algorithm: KeyAlgorithm): "sha256" | null {
  return algorithm === "ecdsa-p256" ? "sha256" : null;
}

function fromDer(der: Uint8Array, where: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch (cause) {
    throw keyError("PKCS#8 inside the encrypted key", cause, where);
  }
}

function keyError(expected: string, got: unknown, where: string | undefined): HeddleError {
  if (got instanceof HeddleError) return got;
  const reason = got instanceof Error ? got.message : String(got);
  return new HeddleError("KEY_INVALID", `Expected ${expected}: ${reason}.`, { where, cause: got });
}
