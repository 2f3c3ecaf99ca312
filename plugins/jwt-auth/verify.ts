import { base64url, crypto, JsonKind, JsonValue, json, utf8, Verification } from "heddle/sdk";
import { Compact, splitCompact } from "./compact";
import { Refusal } from "./refusal";
import { mediaType, Settings } from "./settings";

/** What came of a token: its claims, or why it is refused, or (neither) that keys are not to be had. */
export class Verified {
  constructor(
    readonly claims: JsonValue | null,
    readonly refusal: Refusal | null,
  ) {}
}

/** Checks form, header and signature of a JWS (RFC 7515 section 5.2). The claims are read only once the signature is good. */
export function verifyToken(token: string, settings: Settings): Verified {
  if (token.length > settings.maxTokenLength) return refused("jwt_too_large", "The token is too long");
  const parts = splitCompact(token);
  if (parts === null) return malformed();
  const header = readPart(parts.header);
  const payload = base64url.decode(parts.payload);
  const signature = base64url.decode(parts.signature);
  if (header === null || payload === null || signature === null) return malformed();
  const wrong = wrongHeader(header, settings);
  if (wrong !== null) return new Verified(null, wrong);
  const verdict = verifySignature(parts, header, signature, settings.keySet);
  return verdict === Verification.Valid ? readClaims(payload) : refusalOf(verdict);
}

function verifySignature(parts: Compact, header: JsonValue, signature: Uint8Array, keySet: string): Verification {
  const keyId: string | null = header.has("kid") ? header.string("kid") : null;
  return crypto.verify(keySet, keyId, header.string("alg"), parts.signingInput, signature);
}

function refusalOf(verdict: Verification): Verified {
  if (verdict === Verification.UnknownKeySet || verdict === Verification.Unavailable) return new Verified(null, null);
  if (verdict === Verification.AlgorithmMismatch)
    return refused("jwt_algorithm", "The token's algorithm is not accepted");
  if (verdict === Verification.UnknownKey) return refused("jwt_key", "The token is signed by an unknown key");
  if (verdict === Verification.AmbiguousKey) return refused("jwt_key", "The token does not say which key signed it");
  return refused("jwt_signature", "The token's signature is wrong");
}

/**
 * Judges the header: an algorithm that is allowed, a key id that is a text, no extension that would change what the signature
 * means. Keys that a token brings along (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
 */
function wrongHeader(header: JsonValue, settings: Settings): Refusal | null {
  const algorithm = header.get("alg");
  const keyId = header.get("kid");
  if (algorithm === null || algorithm.kind !== JsonKind.Text) return malformed().refusal;
  if (keyId !== null && keyId.kind !== JsonKind.Text) return malformed().refusal;
  if (!settings.algorithms.includes(algorithm.text)) {
    return new Refusal("jwt_algorithm", "The token's algorithm is not accepted");
  }
  if (header.has("crit") || header.has("b64") || header.has("zip")) {
    return new Refusal("jwt_critical", "The token asks for extensions that are not accepted");
  }
  if (settings.types.length === 0 || settings.types.includes(mediaType(header.string("typ")))) return null;
  return new Refusal("jwt_type", "The token is of a type that is not accepted");
}

function readClaims(payload: Uint8Array): Verified {
  const claims = readObject(payload);
  return claims === null ? malformed() : new Verified(claims, null);
}

function readPart(encoded: string): JsonValue | null {
  const bytes = base64url.decode(encoded);
  return bytes === null ? null : readObject(bytes);
}

/** A JSON object of well-formed UTF-8 in which no name stands twice; null for anything else. */
function readObject(bytes: Uint8Array): JsonValue | null {
  const text = utf8.decode(bytes);
  const value: JsonValue | null = text === null ? null : json.parse(text);
  return value !== null && value.kind === JsonKind.Object ? value : null;
}

function malformed(): Verified {
  return refused("jwt_malformed", "The token is not well-formed");
}

function refused(detail: string, description: string): Verified {
  return new Verified(null, new Refusal(detail, description));
}
