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

/** The lower-case options of every `Connection` field. */
export function connectionOptions(fields: FieldList): string[] {
  return fields
    .values("connection")
    .flatMap((value) => value.split(","))
    .map((option) => option.trim().toLowerCase())
    .filter((option) => option !== "");
}

/** Removes what speaks about one connection only, and what its `Connection` fields name (RFC 9110 7.6.1). */
export function stripHopByHop(fields: FieldList): void {
  const named = fields.has("connection") ? connectionOptions(fields) : [];
  fields.removeWhere((name) => HOP_BY_HOP.has(name) || (named.includes(name) && !PROTECTED.has(name)));
}

/** Removes the fields that may not be trailers; the rest is forwarded behind the body, never merged into the head. */
export function stripTrailers(fields: FieldList): void {
  fields.removeWhere((name) => NOT_IN_TRAILERS.has(name));
}
