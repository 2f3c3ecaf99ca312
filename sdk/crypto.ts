import { HashAlgorithm } from "./hash-algorithm";
import * as host from "./host";
import { sha256 } from "./sha256";
import { Verification } from "./verification";

/** Up to here, two blocks, SHA-256 in the guest is cheaper than the way to the host and back. */
const SHORT: i32 = 119;

/**
 * Cryptography, done by the host. Private and shared keys never enter a filter: they are named.
 *
 * @example
 * ```ts
 * const signature = base64url.decode("c2ln");
 * if (signature === null) log.info("not base64url");
 * else if (crypto.verify("issuer", "key-1", "RS256", utf8.encode("data"), signature) !== Verification.Valid) {
 *   log.info("bad signature");
 * }
 * const nonce = hex.encode(crypto.random(16));
 * attributes.set("request.nonce", nonce);
 * ```
 */
export namespace crypto {
  /** The digest of some bytes. SHA-256 of a short message is computed in the guest. */
  export function digest(algorithm: HashAlgorithm, data: Uint8Array): Uint8Array {
    if (algorithm === HashAlgorithm.Sha256 && data.length <= SHORT) return sha256(data);
    return host.cryptoDigest(algorithm, data);
  }

  /** HMAC under a named shared key; null when the key set or key is unknown or holds no shared key. */
  export function hmac(
    algorithm: HashAlgorithm,
    keySet: string,
    keyId: string | null,
    data: Uint8Array,
  ): Uint8Array | null {
    return host.cryptoHmac(algorithm, keySet, keyId, data);
  }

  /**
   * Verifies a JWS-style signature.
   *
   * @param keyId null when the message names no key; then the set must hold exactly one that fits
   * @param algorithm RS256, ES256 (signatures are r||s, RFC 7518 3.4), EdDSA or HS256
   */
  export function verify(
    keySet: string,
    keyId: string | null,
    algorithm: string,
    data: Uint8Array,
    signature: Uint8Array,
  ): Verification {
    return host.cryptoVerify(keySet, keyId, algorithm, data, signature) as Verification;
  }

  /** Random bytes, at most 65,536; a larger request gives none. */
  export function random(length: u32): Uint8Array {
    return host.cryptoRandom(length);
  }

  /** Equality in time that depends on the lengths only. */
  export function equal(a: Uint8Array, b: Uint8Array): bool {
    return host.cryptoEqual(a, b);
  }
}
