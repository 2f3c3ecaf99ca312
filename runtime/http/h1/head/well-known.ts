/**
 * The names that the tokenizer knows by number. The order of the first ones is part of `tokenizer/layout.ts`;
 * at most 32 bytes each, letters, digits and hyphens.
 */
export const WELL_KNOWN: readonly string[] = [
  "",
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "te",
  "upgrade",
  "expect",
  // about one connection: runtime/http/hop-by-hop.ts
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "trailer",
  "http2-settings",
  // no `connection` option removes these
  "authorization",
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
  "via",
  // interned because they are common
  "accept",
  "accept-encoding",
  "accept-language",
  "accept-ranges",
  "age",
  "cache-control",
  "content-encoding",
  "date",
  "etag",
  "expires",
  "if-modified-since",
  "if-none-match",
  "last-modified",
  "location",
  "max-forwards",
  "origin",
  "pragma",
  "range",
  "referer",
  "retry-after",
  "server",
  "sec-fetch-mode",
  "sec-websocket-key",
  "strict-transport-security",
  "user-agent",
  "vary",
  "x-api-key",
  "grpc-timeout",
  "grpc-status",
  // removed from what an untrusted peer sends
  "x-original-url",
  "x-rewrite-url",
  "x-http-method-override",
  "x-forwarded-client-cert",
  // values
  "close",
  "chunked",
  "100-continue",
  "trailers",
  "websocket",
];

/** The methods that are let through; others are answered 501. The first two are part of `tokenizer/layout.ts`. */
export const METHODS: readonly string[] = [
  "",
  "OPTIONS",
  "CONNECT",
  ...["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"],
  ...["ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL"],
  ...["MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND", "REPORT", "SEARCH", "SUBSCRIBE", "UNBIND"],
  ...["UNLINK", "UNLOCK", "UNSUBSCRIBE"],
];

const numbers = new Map(WELL_KNOWN.map((name, number) => [name, number]));

/** The number of a name in lower case; 0 for others. */
export function wellKnown(lowerCase: string): number {
  return numbers.get(lowerCase) ?? 0;
}
