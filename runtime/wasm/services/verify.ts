import { createHmac, timingSafeEqual, verify } from "node:crypto";
import type { VerificationKey } from "./key-sets.ts";

/** Of ES256 (r||s, RFC 7518 3.4) and of Ed25519 (RFC 8032 5.1.6), in bytes. */
const PAIR_LENGTH = 64;

/** Verifies a JWS signature with the algorithm that the key is pinned to. Never throws for what data or signature hold. */
export function verifySignature({ algorithm, key }: VerificationKey, data: Uint8Array, signature: Uint8Array): boolean {
  switch (algorithm) {
    case "HS256":
      return sameBytes(createHmac("sha256", key).update(data).digest(), signature);
    case "RS256":
      return verify("sha256", data, key, signature);
    case "ES256":
      return signature.length === PAIR_LENGTH && verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
    case "EdDSA":
      return signature.length === PAIR_LENGTH && verify(null, data, key, signature);
  }
}

/** Equality in time that depends on the lengths only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
