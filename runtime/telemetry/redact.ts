/** What stands in place of a secret. */
export const REDACTED = "REDACTED";

/** Names of header fields and query parameters whose values are secrets. */
const SECRET_NAMES = /auth|cookie|token|secret|passw|session|signature|credential|api-?key|^(x-)?key$|^sig$|^code$/i;
/** Fields that hold long random texts and no secrets. */
const HARMLESS_NAMES = new Set(["traceparent", "tracestate", "x-request-id", "etag", "if-none-match"]);
/** What looks like a token wherever it stands: a JWT, or a long run of the letters that keys and digests are written in. */
const TOKENS = /\beyJ[\w-]+\.[\w-]+\.[\w-]*|[A-Za-z0-9_+=-]{32,}/g;

/** Header fields without secrets. */
export function redactHeaders(fields: readonly (readonly [string, string])[]): [name: string, value: string][] {
  return fields.map(([name, value]) => [name, redactValue(name, value)]);
}

/** A raw query without secrets. */
export function redactQuery(query: string): string {
  return query
    .split("&")
    .map((pair) => {
      const at = pair.indexOf("=");
      if (at < 0) return redactText(pair);
      const name = pair.slice(0, at);
      return `${name}=${redactValue(name, pair.slice(at + 1))}`;
    })
    .join("&");
}

/** A text without what looks like a token. */
export function redactText(text: string): string {
  return text.replace(TOKENS, REDACTED);
}

function redactValue(name: string, value: string): string {
  if (value === "" || HARMLESS_NAMES.has(name)) return value;
  if (SECRET_NAMES.test(name)) return REDACTED;
  return redactText(value);
}
