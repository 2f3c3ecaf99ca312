import { CryptoHash, CryptoVerification } from "../contract";
import { ecdsaSignature } from "./der";
import { verifyEd25519 } from "./ed25519";
import { digestOf, hmacOf, sameBytes } from "./hmac";
import { verifyByHost } from "./host-signature";
import { random_get } from "./hostcalls";
import { Key } from "./jwk";
import { keysOf } from "./key-sets";

const MAX_RANDOM: u32 = 65_536;
/** Of ES256 (r||s, RFC 7518 3.4), in bytes. */
const PAIR_LENGTH: i32 = 64;

export function cryptoDigest(algorithm: CryptoHash, data: Uint8Array): Uint8Array {
  return digestOf(algorithm, data);
}

/** HMAC under a named shared key; null when the key set or key is unknown or holds no shared key. */
export function cryptoHmac(
  algorithm: CryptoHash,
  keySet: string,
  keyId: string | null,
  data: Uint8Array,
): Uint8Array | null {
  const keys = keysOf(keySet);
  if (keys === null) return null;
  const fitting = fittingKeys(keys, keyId, "HS256");
  return fitting.length === 1 ? hmacOf(algorithm, fitting[0].bytes, data) : null;
}

/** `algorithm` is RS256, ES256, EdDSA or HS256; the host verifies the first two. */
export function cryptoVerify(
  keySet: string,
  keyId: string | null,
  algorithm: string,
  data: Uint8Array,
  signature: Uint8Array,
): CryptoVerification {
  const keys = keysOf(keySet);
  if (keys === null) return CryptoVerification.UnknownKeySet;
  if (keys.length === 0) return CryptoVerification.Unavailable;
  const fitting = fittingKeys(keys, keyId, algorithm);
  if (fitting.length > 1) return CryptoVerification.AmbiguousKey;
  if (fitting.length === 1) return verifyWith(fitting[0], data, signature);
  const named = keyId === null || fittingKeys(keys, keyId, "").length > 0;
  return named ? CryptoVerification.AlgorithmMismatch : CryptoVerification.UnknownKey;
}

/** At most 65,536 bytes; a larger request gives none. */
export function cryptoRandom(length: u32): Uint8Array {
  if (length > MAX_RANDOM) return new Uint8Array(0);
  const bytes = new Uint8Array(length);
  random_get(bytes.dataStart, length);
  return bytes;
}

/** Equality in time that depends on the lengths only. */
export function cryptoEqual(a: Uint8Array, b: Uint8Array): bool {
  return sameBytes(a, b);
}

/** The keys of a name, or of all names for null, and an algorithm, or of all for an empty one. */
function fittingKeys(keys: Key[], keyId: string | null, algorithm: string): Key[] {
  const fitting: Key[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const id = key.id;
    const named = keyId === null || (id !== null && id === keyId);
    if (named && (algorithm.length === 0 || key.algorithm === algorithm)) fitting.push(key);
  }
  return fitting;
}

function verifyWith(key: Key, data: Uint8Array, signature: Uint8Array): CryptoVerification {
  if (key.algorithm === "RS256") return verifyByHost(key.bytes, data, signature);
  if (key.algorithm === "ES256") {
    if (signature.length !== PAIR_LENGTH) return CryptoVerification.Invalid;
    return verifyByHost(key.bytes, data, ecdsaSignature(signature));
  }
  const valid =
    key.algorithm === "EdDSA"
      ? verifyEd25519(key.bytes, data, signature)
      : sameBytes(hmacOf(CryptoHash.Sha256, key.bytes, data), signature);
  return valid ? CryptoVerification.Valid : CryptoVerification.Invalid;
}
