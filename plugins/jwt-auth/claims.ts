import { JsonKind, JsonValue } from "heddle/sdk";
import { Refusal } from "./refusal";
import { Settings } from "./settings";

/**
 * Judges the claims of a token whose signature is good (RFC 7519 section 4.1). The answer is why they are refused, or null.
 *
 * @param now Whole seconds since the Unix epoch.
 */
export function judgeClaims(claims: JsonValue, settings: Settings, now: f64): Refusal | null {
  const wrong = wrongTime(claims, settings, now);
  if (wrong !== null) return wrong;
  const issuer = claims.get("iss");
  if (issuer === null || issuer.kind !== JsonKind.Text || !settings.issuers.includes(issuer.text)) {
    return new Refusal("jwt_issuer", "The token is from an issuer that is not trusted here");
  }
  const subject = claims.get("sub");
  if (subject !== null && subject.kind !== JsonKind.Text) return malformedClaims();
  if (settings.audiences.length > 0 && !isMeantFor(claims.get("aud"), settings.audiences)) {
    return new Refusal("jwt_audience", "The token is for another audience");
  }
  return wrongScope(claims.get(settings.scopeClaim), settings.requiredScopes);
}

function wrongTime(claims: JsonValue, settings: Settings, now: f64): Refusal | null {
  const expiry = claims.get("exp");
  const start = claims.get("nbf");
  const issued = claims.get("iat");
  if (!isTime(expiry) || !isTime(start) || !isTime(issued)) return malformedClaims();
  if (expiry === null && settings.requireExpiry) return new Refusal("jwt_no_expiry", "The token has no expiry");
  if (expiry !== null && expiry.number <= now - settings.leeway) {
    return new Refusal("jwt_expired", "The token has expired");
  }
  if (start !== null && start.number > now + settings.leeway) {
    return new Refusal("jwt_not_yet_valid", "The token is not valid yet");
  }
  if (issued !== null && issued.number > now + settings.leeway) {
    return new Refusal("jwt_issued_later", "The token was issued in the future");
  }
  return null;
}

/** An absent time is one; a NumericDate is any finite number that is not negative. */
function isTime(value: JsonValue | null): bool {
  return value === null || (value.kind === JsonKind.Number && value.number >= 0);
}

function isMeantFor(audience: JsonValue | null, accepted: string[]): bool {
  if (audience === null) return false;
  const names = texts(audience);
  for (let i = 0; i < names.length; i++) {
    if (accepted.includes(names[i])) return true;
  }
  return false;
}

function wrongScope(scope: JsonValue | null, required: string[]): Refusal | null {
  if (required.length === 0) return null;
  const granted = scope === null ? ([] as string[]) : words(scope);
  for (let i = 0; i < required.length; i++) {
    if (granted.includes(required[i])) continue;
    return new Refusal("jwt_scope", "The token does not carry the scope that this needs", 403, "insufficient_scope");
  }
  return null;
}

function words(scope: JsonValue): string[] {
  return scope.kind === JsonKind.Text ? scope.text.split(" ") : texts(scope);
}

/** The texts of a text or of a list of nothing but texts; none for anything else. */
function texts(value: JsonValue): string[] {
  const found: string[] = [];
  if (value.kind === JsonKind.Text) found.push(value.text);
  if (value.kind !== JsonKind.List) return found;
  for (let i = 0; i < value.items.length; i++) {
    if (value.items[i].kind !== JsonKind.Text) return [];
    found.push(value.items[i].text);
  }
  return found;
}

function malformedClaims(): Refusal {
  return new Refusal("jwt_claims", "The token's claims are not well-formed");
}
