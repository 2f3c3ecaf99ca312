import { base64url } from "../base64url";
import { JsonKind } from "../json-kind";
import { JsonValue } from "../json-value";
import { p256Key, rsaKey } from "./der";

/** RFC 7518 3.3. */
const MIN_RSA_BITS: i32 = 2048;
/** RFC 7518 3.2: a key of the same size as the hash output. */
const MIN_SECRET_BYTES: i32 = 32;

/** A key and the one algorithm that it may be used with. */
export class Key {
  /** Null for a key without a name. */
  id: string | null = null;
  /** RS256, ES256, EdDSA or HS256; empty for a key that is no use here. */
  algorithm: string = "";
  /** SubjectPublicKeyInfo in DER, the 32 bytes of an Ed25519 key, or the secret. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Why it cannot be used; null when it can, or is no use here. */
  problem: string | null = null;
}

/** Reads a JSON Web Key (RFC 7517). Keys for encryption and of types that nothing here verifies are no use, and no problem. */
export function readKey(jwk: JsonValue): Key {
  const key = new Key();
  if (jwk.has("kid")) key.id = jwk.string("kid");
  if (jwk.has("use") && jwk.string("use") !== "sig") return key;
  if (jwk.has("key_ops") && !jwk.strings("key_ops").includes("verify")) return key;
  const algorithm = algorithmOf(jwk.string("kty"), jwk.string("crv"));
  if (algorithm.length === 0) return key;
  if (jwk.has("alg") && jwk.string("alg") !== algorithm) {
    key.problem = "its type is for " + algorithm + ", but its alg is " + jwk.string("alg");
    return key;
  }
  key.problem = readBytes(key, jwk, algorithm);
  if (key.problem === null) key.algorithm = algorithm;
  return key;
}

/** The one algorithm of a key type; the curve decides for elliptic curves. Empty for others. */
function algorithmOf(type: string, curve: string): string {
  if (type === "RSA") return "RS256";
  if (type === "EC") return curve === "P-256" ? "ES256" : "";
  if (type === "OKP") return curve === "Ed25519" ? "EdDSA" : "";
  return type === "oct" ? "HS256" : "";
}

function readBytes(key: Key, jwk: JsonValue, algorithm: string): string | null {
  if (algorithm === "RS256") return readRsa(key, partOf(jwk, "n"), partOf(jwk, "e"));
  if (algorithm === "ES256") return readP256(key, partOf(jwk, "x"), partOf(jwk, "y"));
  if (algorithm === "EdDSA") {
    key.bytes = partOf(jwk, "x");
    return key.bytes.length === 32 ? null : "expected 32 bytes of base64url in x";
  }
  key.bytes = partOf(jwk, "k");
  return key.bytes.length < MIN_SECRET_BYTES ? "expected a secret of at least 32 bytes of base64url in k" : null;
}

function readRsa(key: Key, modulus: Uint8Array, exponent: Uint8Array): string | null {
  if (exponent.length === 0 || (exponent[exponent.length - 1] & 1) === 0) return "expected an odd exponent in e";
  if (exponent.length === 1 && exponent[0] < 3) return "expected an exponent above 2 in e";
  if (bitsOf(modulus) < MIN_RSA_BITS) return "expected RSA of at least 2048 bits";
  key.bytes = rsaKey(modulus, exponent);
  return null;
}

function readP256(key: Key, x: Uint8Array, y: Uint8Array): string | null {
  if (x.length !== 32 || y.length !== 32) return "expected 32 bytes of base64url in x and y";
  key.bytes = p256Key(x, y);
  return null;
}

function bitsOf(number: Uint8Array): i32 {
  for (let i = 0; i < number.length; i++) {
    if (number[i] !== 0) return (number.length - i) * 8 - clz<i32>(number[i]) + 24;
  }
  return 0;
}

/** Empty where it is absent or no base64url. */
function partOf(jwk: JsonValue, name: string): Uint8Array {
  const member = jwk.get(name);
  if (member === null || member.kind !== JsonKind.Text) return new Uint8Array(0);
  const bytes = base64url.decode(member.text);
  return bytes === null ? new Uint8Array(0) : bytes;
}
