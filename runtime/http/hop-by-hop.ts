import type { FieldList } from "./fields.ts";

/** RFC 9110 7.6.1 and the older `keep-alive` and `proxy-connection`: about one connection, never forwarded. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Fields that no `Connection` field may remove: naming them would let a client strip what later hops rely on. */
const PROTECTED: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "content-length",
  "content-type",
  "cookie",
  "forwarded",
  "set-cookie",
  "traceparent",
  "tracestate",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-request-id",
]);

/** Fields that would change meaning or framing if they arrived behind the body (RFC 9110 6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...PROTECTED,
  "age",
  "cache-control",
  "content-encoding",
  "content-range",
  "date",
  "expect",
  "expires",
  "if-match",
  "if-none-match",
  "location",
  "max-forwards",
  "pragma",
  "range",
  "retry-after",
  "vary",
  "www-authenticate",
]);

const NONE: readonly string[] = [];

/** The lower-case options of every `Connection` field. */
export function connectionOptions(fields: FieldList): readonly string[] {
  if (!fields.has("connection")) return NONE;
  const text = fields.values("connection").join(",").toLowerCase();
  if (!text.includes(",")) return text === "" ? NONE : [text.trim()];
  return text
    .split(",")
    .map((option) => option.trim())
    .filter((option) => option !== "");
}

/** Removes what speaks about one connection only, and what its `Connection` fields name (RFC 9110 7.6.1). */
export function stripHopByHop(fields: FieldList): void {
  const named = connectionOptions(fields).filter((name) => !HOP_BY_HOP.has(name) && !PROTECTED.has(name));
  if (named.length === 0) fields.removeWhere((name) => HOP_BY_HOP.has(name));
  else fields.removeWhere((name) => HOP_BY_HOP.has(name) || named.includes(name));
}

/** Removes the fields that may not be trailers; the rest is forwarded behind the body, never merged into the head. */
export function stripTrailers(fields: FieldList): void {
  fields.removeWhere((name) => NOT_IN_TRAILERS.has(name));
}
