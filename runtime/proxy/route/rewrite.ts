import type { HeaderEdits, PathRewrite, RouteFilter, RouteMatch } from "../../config/snapshot.ts";

type Redirect = Extract<RouteFilter, { type: "RequestRedirect" }>;

export interface RequestTarget {
  readonly path: string;
  readonly query: string | undefined;
  readonly authority: string;
}

/** `ReplacePrefixMatch` works on whole segments and ignores a trailing slash of either prefix (Gateway API v1). */
export function rewritePath(path: string, match: RouteMatch, rewrite: PathRewrite): string {
  if (rewrite.type === "ReplaceFullPath") return rewrite.replaceFullPath || "/";
  if (match.path.type !== "PathPrefix") return path;
  const rest = afterSegments(path, countSegments(match.path.value));
  const head = trimSlash(rewrite.replacePrefixMatch);
  return `${head}${rest}` || "/";
}

const trimSlash = (path: string) => (path.endsWith("/") ? path.slice(0, -1) : path);

function countSegments(prefix: string): number {
  const trimmed = trimSlash(prefix);
  return trimmed === "" ? 0 : trimmed.split("/").length - 1;
}

/** What follows the first `count` segments: empty, or starting with a slash. Counting keeps `/a;x=1/b` under `/a` right. */
function afterSegments(path: string, count: number): string {
  let at = 0;
  for (let seen = 0; seen < count; seen++) {
    const next = path.indexOf("/", at + 1);
    if (next < 0) return "";
    at = next;
  }
  return path.slice(at);
}

export interface RedirectRequest extends RequestTarget {
  readonly scheme: "http" | "https";
  /** The port that the Gateway's listener declares, which may differ from the one bound. */
  readonly listenerPort: number;
}

const WELL_KNOWN: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * The value of Location. Port: the filter's; else the well-known port of the filter's scheme; else the listener's. It is
 * left out when it is the well-known port of the resulting scheme (Gateway API v1 `HTTPRequestRedirectFilter.port`).
 */
export function redirectLocation(request: RedirectRequest, match: RouteMatch, filter: Redirect): string {
  const scheme = filter.scheme ?? request.scheme;
  const host = filter.hostname ?? withoutPort(request.authority);
  const port = filter.port ?? WELL_KNOWN[filter.scheme ?? ""] ?? request.listenerPort;
  const path = filter.path === undefined ? request.path : rewritePath(request.path, match, filter.path);
  const query = request.query === undefined ? "" : `?${request.query}`;
  return `${scheme}://${host}${port === WELL_KNOWN[scheme] ? "" : `:${port}`}${path}${query}`;
}

function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(":");
  return colon > authority.lastIndexOf("]") ? authority.slice(0, colon) : authority;
}

/** What header edits need of a message's fields. */
export interface EditableFields {
  set(name: string, value: string): void;
  add(name: string, value: string): void;
  remove(name: string): void;
}

/** Set, then add, then remove. Names and values were checked when the document was accepted. */
export function applyEdits(fields: EditableFields, edits: HeaderEdits): void {
  for (const { name, value } of edits.set) fields.set(name, value);
  for (const { name, value } of edits.add) fields.add(name, value);
  for (const name of edits.remove) fields.remove(name);
}
