import { config, JsonValue } from "heddle/sdk";
import { ClaimCopy } from "./forward";

const ALGORITHMS = ["RS256", "ES256", "EdDSA", "HS256"];
const MAX_LEEWAY = 300;

/** The configuration, as `configure` left it. */
export class Settings {
  keySet: string = "";
  algorithms: string[] = [];
  issuers: string[] = [];
  audiences: string[] = [];
  /** In lower case, without `application/`. */
  types: string[] = [];
  requiredScopes: string[] = [];
  scopeClaim: string = "";
  /** Seconds. */
  leeway: f64 = 0;
  requireExpiry: bool = true;
  maxTokenLength: i32 = 0;
  optional: bool = false;
  stripToken: bool = false;
  realm: string = "";
  toHeaders: ClaimCopy[] = [];
  toAttributes: ClaimCopy[] = [];
}

/** Reads the configuration into `settings`; the answer is why it is refused, or null. */
export function readSettings(settings: Settings): string | null {
  settings.keySet = config.string("keySet");
  settings.algorithms = config.has("algorithms") ? config.strings("algorithms") : ALGORITHMS.slice(0, 3);
  settings.issuers = config.strings("issuer");
  settings.audiences = config.strings("audiences");
  settings.types = mediaTypes(config.strings("types"));
  settings.requiredScopes = config.strings("requiredScopes");
  settings.scopeClaim = config.string("scopeClaim", "scope");
  settings.leeway = config.int("leeway", 30);
  settings.requireExpiry = config.bool("requireExpiry", true);
  settings.maxTokenLength = config.int("maxTokenLength", 8192);
  settings.optional = config.bool("optional");
  settings.stripToken = config.bool("stripToken");
  settings.realm = config.string("realm", "heddle");
  settings.toHeaders = copies(config.list("claimsToHeaders"), "header");
  settings.toAttributes = copies(config.list("claimsToAttributes"), "attribute");
  return problemWith(settings);
}

function problemWith(settings: Settings): string | null {
  if (settings.keySet.length === 0) return "keySet: name the key set that verifies signatures";
  if (settings.issuers.length === 0) return "issuer: name at least one issuer";
  if (settings.issuers.includes("")) return "issuer: an issuer is empty";
  const algorithm = strangeAlgorithm(settings.algorithms);
  if (algorithm !== null) return algorithm;
  if (settings.leeway < 0 || settings.leeway > MAX_LEEWAY) return "leeway: expected 0 to 300 seconds";
  if (settings.maxTokenLength < 1) return "maxTokenLength: expected at least 1";
  if (!isQuotable(settings.realm)) return 'realm: expected printable ASCII without " and \\';
  for (let i = 0; i < settings.requiredScopes.length; i++) {
    if (!isQuotable(settings.requiredScopes[i])) return 'requiredScopes: expected printable ASCII without " and \\';
  }
  return problemWithHeaders(settings.toHeaders);
}

function strangeAlgorithm(algorithms: string[]): string | null {
  if (algorithms.length === 0) return "algorithms: allow at least one";
  for (let i = 0; i < algorithms.length; i++) {
    if (!ALGORITHMS.includes(algorithms[i])) {
      return "algorithms: expected " + ALGORITHMS.join(", ") + ", got " + algorithms[i];
    }
  }
  return null;
}

function problemWithHeaders(headers: ClaimCopy[]): string | null {
  const names: string[] = [];
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i].target;
    if (name === "authorization") return "claimsToHeaders: authorization carries the token itself";
    if (names.includes(name)) return "claimsToHeaders: two claims go to " + name;
    names.push(name);
  }
  return null;
}

function copies(entries: JsonValue[], target: string): ClaimCopy[] {
  const read: ClaimCopy[] = [];
  for (let i = 0; i < entries.length; i++) {
    read.push(new ClaimCopy(entries[i].string("claim"), entries[i].string(target).toLowerCase()));
  }
  return read;
}

/** A media type in a form that can be compared (RFC 7515 section 4.1.9): lower case, without `application/`. */
export function mediaType(text: string): string {
  const name = text.toLowerCase();
  return name.startsWith("application/") ? name.substring(12) : name;
}

function mediaTypes(texts: string[]): string[] {
  const read: string[] = [];
  for (let i = 0; i < texts.length; i++) read.push(mediaType(texts[i]));
  return read;
}

/** Whether a text can stand between quotes in a header as it is. */
function isQuotable(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}
