/**
 * A cryptographic hash.
 *
 * @example
 * ```ts
 * const fingerprint = hex.encode(crypto.digest(HashAlgorithm.Sha256, utf8.encode("abc")));
 * log.debug(fingerprint);
 * ```
 */
export enum HashAlgorithm {
  Sha256 = 0,
  Sha384 = 1,
  Sha512 = 2,
}
