/**
 * What became of a signature. Only `Valid` is good news.
 *
 * @example
 * ```ts
 * const outcome = crypto.verify("issuer", null, "ES256", utf8.encode("data"), new Uint8Array(64));
 * if (outcome === Verification.Unavailable) log.error("the key set cannot be loaded");
 * ```
 */
export enum Verification {
  Valid = 0,
  Invalid = 1,
  UnknownKeySet = 2,
  UnknownKey = 3,
  /** The key is pinned to another algorithm than the one asked for. */
  AlgorithmMismatch = 4,
  /** No key id was given, and more than one key would do. */
  AmbiguousKey = 5,
  /** The key set could not be loaded (yet). */
  Unavailable = 6,
}
