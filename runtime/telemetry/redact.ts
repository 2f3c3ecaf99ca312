/** What stands in place of a value that may be a secret. */
export const REDACTED = "REDACTED";

/**
 * Header fields whose values are kept: they say how a message is to be read, and nobody's secret. Every other value is
 * redacted, whatever it looks like; nobody can guess which field of somebody's own is a credential.
 */
const HARMLESS_FIELDS: readonly string[] = [
  ...["accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "age", "allow", "alt-svc"],
  ...["cache-control", "connection", "content-disposition", "content-encoding", "content-language", "content-length"],
  ...["content-range", "content-type", "date", "expect", "expires", "host", "if-modified-since", "if-unmodified-since"],
  ...["keep-alive", "last-modified", "max-forwards", "pragma", "priority", "range", "retry-after", "server"],
  ...["strict-transport-security", "te", "trailer", "transfer-encoding", "upgrade", "upgrade-insecure-requests"],
  ...["user-agent", "vary", "via", "warning", "x-forwarded-host", "x-forwarded-port"],
  ...["x-forwarded-proto", "x-content-type-options", "x-frame-options", "access-control-request-method"],
  ...["access-control-request-headers", "access-control-allow-origin", "access-control-allow-methods"],
  ...["access-control-allow-headers", "access-control-allow-credentials", "access-control-expose-headers"],
  ...["access-control-max-age", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest"],
  ...["sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "grpc-status", "grpc-timeout", "grpc-encoding"],
];
/** What looks like a token wherever it stands: a JWT, or a long run of the letters that keys and digests are written in. */
const TOKENS = /\beyJ[\w-]+\.[\w-]+\.[\w-]*|[A-Za-z0-9_+=-]{32,}/g;

/** A part of a path that is a name: words, or the version of an API. A code of any length has digits in it, or capitals. */
const WORDS = /^(?:v\d{1,2}|[A-Z]?[a-z]{1,20}(?:[-_.][A-Z]?[a-z]{1,20}){0,5})?$/;
/** As a header field of HTTP/2 the path would have this name. */
const PATH = ":path";

/** Takes secrets out of what is written down. */
export interface Redaction {
  headers(fields: readonly (readonly [string, string])[]): [name: string, value: string][];
  /** A raw query: names stay, and values of those that are kept. */
  query(query: string): string;
  /** A path has no names to go by: parts that are words stay, all others go. */
  path(path: string): string;
  /** JSON keeps its shape, and names but those that look like tokens; its strings go, and numbers become 0. Undefined for what is no JSON, which may hold anything. */
  body(bytes: Uint8Array): Uint8Array | undefined;
}

/**
 * @param kept names of header fields, query parameters and JSON members whose values stay, beside the harmless fields; `:path` is
 *   that of the path
 */
export function createRedaction(kept: readonly string[] = []): Redaction {
  const own = new Set(kept.map((name) => name.toLowerCase()));
  const fields = new Set([...HARMLESS_FIELDS, ...own]);
  const isKept = (name: string): boolean => own.has(name.toLowerCase());
  return {
    headers: (all) => all.map(([name, value]) => [name, fields.has(name.toLowerCase()) ? value : redacted(value)]),
    query: (query) =>
      query
        .split("&")
        .map((pair) => redactPair(pair, isKept))
        .join("&"),
    path: (path) => (own.has(PATH) ? path : path.split("/").map(redactPart).join("/")),
    body: (bytes) => redactJson(bytes, isKept),
  };
}

/** Keeps everything. */
export const NO_REDACTION: Redaction = {
  headers: (fields) => fields.map(([name, value]) => [name, value]),
  query: (query) => query,
  path: (path) => path,
  body: (bytes) => bytes,
};

/** Whether a value is there shows in what filters decide. */
function redacted(value: string): string {
  return value === "" ? "" : REDACTED;
}

/** Of a path, or a parameter that is nothing but itself. */
function redactPart(part: string): string {
  return WORDS.test(part) ? part : REDACTED;
}

function redactPair(pair: string, isKept: (name: string) => boolean): string {
  const at = pair.indexOf("=");
  if (at < 0) return isKept(pair) ? pair : redactPart(pair);
  const name = pair.slice(0, at);
  return isKept(name) ? pair : `${redactName(name)}=${redacted(pair.slice(at + 1))}`;
}

function redactName(name: string): string {
  return name.replace(TOKENS, REDACTED);
}

function redactJson(bytes: Uint8Array, isKept: (name: string) => boolean): Uint8Array | undefined {
  try {
    const value: unknown = JSON.parse(UTF_8.decode(bytes));
    return Buffer.from(JSON.stringify(withoutValues(value, false, isKept)));
  } catch {
    return undefined;
  }
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** @param keep whether the member that this is, or is in, has a name that is kept */
function withoutValues(value: unknown, keep: boolean, isKept: (name: string) => boolean): unknown {
  if (typeof value === "string") return keep ? value : redacted(value);
  if (typeof value === "number") return keep ? value : 0;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => withoutValues(one, keep, isKept));
  const members = Object.entries(value).map(([name, one]) => {
    const stays = isKept(name);
    return [stays ? name : redactName(name), withoutValues(one, stays, isKept)];
  });
  return Object.fromEntries(members);
}
