import { createPublicKey, createSecretKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { HeddleError, messageOf } from "../../errors.ts";
import { ALGORITHMS, type Algorithm, type VerificationKey } from "./key-sets.ts";

/** RFC 7518 3.3. */
const MIN_RSA_BITS = 2048;
/** RFC 7518 3.2: a key of the same size as the hash output. */
const MIN_SECRET_BYTES = 32;
const MAX_KEYS = 100;

interface Jwk {
  readonly kty: string;
  readonly crv?: string;
  readonly k?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
  readonly kid?: string;
  readonly use?: string;
  readonly alg?: string;
  readonly key_ops?: readonly string[];
}

/**
 * Reads a JWK Set (RFC 7517). Every key is pinned to one algorithm: its `alg`, or the only one that its type allows.
 * Encryption keys (`use: enc`) and types of no JWS algorithm that we verify are left out, as RFC 7517 section 5 asks.
 *
 * @throws KEY_INVALID for anything that is no key set, and for weak, contradictory or ambiguous keys.
 */
export function parseJwks(text: string): VerificationKey[] {
  const keys = keyList(text);
  const parsed = keys.flatMap((jwk, index) => verificationKey(jwk, jwk.kid ?? `number ${index}`));
  const seen = new Set<string>();
  for (const { kid, algorithm } of parsed) {
    const name = JSON.stringify([kid, algorithm]);
    if (kid !== undefined && seen.has(name)) throw refused(kid, `it occurs twice for ${algorithm}`);
    seen.add(name);
  }
  return parsed;
}

function keyList(text: string): Jwk[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which may hold a secret.
    throw new HeddleError("KEY_INVALID", "expected a JWK Set as JSON, got text that is none");
  }
  const keys = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new HeddleError("KEY_INVALID", "expected a JWK Set: an object with an array `keys`");
  if (keys.length > MAX_KEYS)
    throw new HeddleError("KEY_INVALID", `expected at most ${MAX_KEYS} keys, got ${keys.length}`);
  return keys.map((key, index) =>
    isJwk(key) ? key : fail(`number ${index}`, "it is no object with a `kty` of type string"),
  );
}

function isJwk(key: unknown): key is Jwk {
  if (typeof key !== "object" || key === null) return false;
  const { kty, kid, alg } = key as Record<string, unknown>;
  return typeof kty === "string" && [kid, alg].every((one) => one === undefined || typeof one === "string");
}

function verificationKey(jwk: Jwk, name: string): VerificationKey[] {
  if (jwk.use !== undefined && jwk.use !== "sig") return [];
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes("verify")) return [];
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined) return [];
  if (jwk.alg !== undefined && jwk.alg !== algorithm) {
    if (!isAlgorithm(jwk.alg)) return [];
    throw refused(name, `its type is for ${algorithm}, but its alg is ${jwk.alg}`);
  }
  return [{ ...(jwk.kid === undefined ? {} : { kid: jwk.kid }), algorithm, key: importKey(jwk, algorithm, name) }];
}

/** The one algorithm of a key type; the curve decides for elliptic curves. */
function algorithmOf({ kty, crv }: Jwk): Algorithm | undefined {
  if (kty === "RSA") return "RS256";
  if (kty === "EC" && crv === "P-256") return "ES256";
  if (kty === "OKP" && crv === "Ed25519") return "EdDSA";
  return kty === "oct" ? "HS256" : undefined;
}

function isAlgorithm(name: string): name is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(name);
}

function importKey(jwk: Jwk, algorithm: Algorithm, name: string): KeyObject {
  if (algorithm === "HS256") return secretKey(jwk, name);
  try {
    return checkStrength(createPublicKey({ key: publicPart(jwk), format: "jwk" }), name);
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    throw refused(name, messageOf(cause));
  }
}

/** Nothing private reaches the importer, or the messages in which it quotes what it dislikes. */
function publicPart({ kty, crv, x, y, n, e }: Jwk): JsonWebKeyInput["key"] {
  const present = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as JsonWebKeyInput["key"];
}

function secretKey(jwk: Jwk, name: string): KeyObject {
  if (typeof jwk.k !== "string" || !/^[A-Za-z0-9_-]+$/.test(jwk.k)) throw refused(name, "its `k` is not base64url");
  const secret = Buffer.from(jwk.k, "base64url");
  if (secret.length < MIN_SECRET_BYTES) {
    throw refused(name, `expected a secret of at least ${MIN_SECRET_BYTES} bytes, got ${secret.length}`);
  }
  return createSecretKey(secret);
}

function checkStrength(key: KeyObject, name: string): KeyObject {
  const { modulusLength = MIN_RSA_BITS, publicExponent = 65537n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS)
    throw refused(name, `expected RSA of at least ${MIN_RSA_BITS} bits, got ${modulusLength}`);
  if (publicExponent < 3n || publicExponent % 2n === 0n) throw refused(name, `its RSA exponent is ${publicExponent}`);
  return key;
}

function fail(name: string, reason: string): never {
  throw refused(name, reason);
}

function refused(name: string, reason: string): HeddleError {
  return new HeddleError("KEY_INVALID", `the key ${JSON.stringify(name)} cannot be used: ${reason}`);
}
