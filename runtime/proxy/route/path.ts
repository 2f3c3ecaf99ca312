import { parseAuthority } from "./host.ts";

/** What a request target says, in the one form that matching, filters, log and forwarding all use. */
export type CanonicalTarget =
  | {
      readonly ok: true;
      /** Starts with `/`; dot segments resolved, unreserved characters decoded, other escapes in upper case. */
      readonly path: string;
      /** Raw, without `?`; undefined when the target has none. */
      readonly query: string | undefined;
      /** Of an absolute-form target, which then outranks the Host field (RFC 9112 section 3.2.2). */
      readonly authority?: string;
    }
  | { readonly ok: false; readonly reason: PathRefusal };

/** Why a target is ambiguous or malformed; a metric label and access-log detail. */
export type PathRefusal =
  | "target_form"
  | "target_authority"
  | "target_fragment"
  | "path_bad_character"
  | "path_bad_escape"
  | "path_not_utf8"
  | "path_encoded_delimiter"
  | "path_encoded_control"
  | "path_backslash"
  | "path_double_encoding"
  | "path_ambiguous_dots"
  | "path_empty_segment"
  | "path_above_root"
  | "query_bad_character";

export interface PathOptions {
  /** `keep` treats `%2F` as an ordinary character of its segment; it is never decoded. */
  readonly encodedSlash?: "refuse" | "keep";
  /** What `//` inside a path means. */
  readonly emptySegments?: "refuse" | "merge";
}

const refuse = (reason: PathRefusal): CanonicalTarget => ({ ok: false, reason });

/**
 * The canonical form of a raw request target in origin-form or absolute-form. Refuses, as a value, whatever two
 * servers could read differently: encoded dots, slashes, controls and percent signs, empty segments, bytes that are
 * not UTF-8. Never normalises the query. Applying it to its own result changes nothing.
 */
export function canonicalPath(target: string, options: PathOptions = {}): CanonicalTarget {
  const split = splitTarget(target);
  if (typeof split === "string") return refuse(split);
  if (split.query !== undefined && /[\0-\x20\x7f]|[^\0-\xff]/.test(split.query)) return refuse("query_bad_character");
  const path = canonicalise(split.path, options);
  if (!path.startsWith("/")) return refuse(path as PathRefusal);
  const { query, authority } = split;
  return authority === undefined ? { ok: true, path, query } : { ok: true, path, query, authority };
}

interface SplitTarget {
  readonly path: string;
  readonly query: string | undefined;
  readonly authority: string | undefined;
}

function splitTarget(target: string): SplitTarget | PathRefusal {
  if (target.includes("#")) return "target_fragment";
  if (target.startsWith("/")) return splitQuery(target, undefined);
  const scheme = /^https?:\/\//i.exec(target)?.[0];
  if (scheme === undefined) return "target_form";
  const rest = target.slice(scheme.length);
  const end = rest.search(/[/?]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  if (parseAuthority(authority) === undefined) return "target_authority";
  const tail = end < 0 ? "" : rest.slice(end);
  return splitQuery(tail.startsWith("/") ? tail : `/${tail}`, authority);
}

function splitQuery(text: string, authority: string | undefined): SplitTarget {
  const mark = text.indexOf("?");
  if (mark < 0) return { path: text, query: undefined, authority };
  return { path: text.slice(0, mark), query: text.slice(mark + 1), authority };
}

/** Characters of a path that needs no work: unreserved, sub-delims without parameters, `:` and `@`. */
const PLAIN = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@") {
  PLAIN[char.charCodeAt(0)] = 1;
}
const [SLASH, DOT, QUESTION_MARK, QUOTE, FRAGMENT, BACKSLASH] = [47, 46, 63, 34, 35, 92];

/**
 * Where the path of an origin-form target ends that is canonical as it is, as most are: single slashes, plain characters,
 * no segment that begins with a dot. -1 for targets that `canonicalPath` has to look at, and for those that JSON escapes.
 */
export function plainPathEnd(target: string): number {
  const { length } = target;
  if (length === 0 || target.charCodeAt(0) !== SLASH) return -1;
  let before = SLASH;
  for (let at = 1; at < length; at += 1) {
    const char = target.charCodeAt(at);
    if (PLAIN[char] === 1) {
      if (char === DOT && before === SLASH) return -1;
    } else if (char === QUESTION_MARK) return isPlainQuery(target, at + 1) ? at : -1;
    else if (char !== SLASH || before === SLASH) return -1;
    before = char;
  }
  return length;
}

function isPlainQuery(target: string, from: number): boolean {
  for (let at = from; at < target.length; at += 1) {
    const char = target.charCodeAt(at);
    if (char <= 32 || char >= 127 || char === FRAGMENT || char === QUOTE || char === BACKSLASH) return false;
  }
  return true;
}

/** The path, or the reason to refuse it: a path starts with `/`, a reason never does. */
function canonicalise(raw: string, options: PathOptions): string {
  if (plainPathEnd(raw) === raw.length) return raw;
  const bad = firstRefusal(raw, options);
  if (bad !== undefined) return bad;
  return resolveDots(normaliseEscapes(raw), options);
}

const ENCODED: readonly (readonly [RegExp, PathRefusal])[] = [
  [/[\0-\x20\x7f]|[^\0-\xff]/, "path_bad_character"],
  [/\\/, "path_backslash"],
  [/%(?![0-9a-f]{2})/i, "path_bad_escape"],
  [/%(?:[01][0-9a-f]|7f)/i, "path_encoded_control"],
  [/%25/, "path_double_encoding"],
  [/%5c/i, "path_backslash"],
  [/%(?:3f|23)/i, "path_encoded_delimiter"],
];

function firstRefusal(raw: string, options: PathOptions): PathRefusal | undefined {
  for (const [pattern, reason] of ENCODED) if (pattern.test(raw)) return reason;
  if (options.encodedSlash !== "keep" && /%2f/i.test(raw)) return "path_encoded_delimiter";
  if (hasAmbiguousDots(raw)) return "path_ambiguous_dots";
  return isUtf8(raw) ? undefined : "path_not_utf8";
}

/** A segment that is `.` or `..` only after decoding or after dropping `;parameters`: servers disagree about it. */
function hasAmbiguousDots(raw: string): boolean {
  for (const hit of raw.matchAll(/(?:\/|%2f)(?:\.|%2e){1,2}(?=\/|$|;|%2f|%3b)/gi)) {
    const next = raw[hit.index + hit[0].length];
    const plain = (hit[0] === "/." || hit[0] === "/..") && (next === undefined || next === "/");
    if (!plain) return true;
  }
  return false;
}

function isUtf8(raw: string): boolean {
  const bytes = /(?:%[89a-f][0-9a-f]|[\x80-\xff])+/gi;
  for (const [run] of raw.matchAll(bytes)) {
    if (!decodes(run.replace(/[\x80-\xff]/g, escapeByte))) return false;
  }
  return true;
}

function decodes(escapes: string): boolean {
  try {
    decodeURIComponent(escapes);
    return true;
  } catch {
    return false;
  }
}

const escapeByte = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** RFC 3986 section 6.2.2: unreserved characters bare, everything else that needs escaping in upper case. */
function normaliseEscapes(raw: string): string {
  return raw.replace(/%[0-9a-f]{2}|["<>^`{|}\x80-\xff]/gi, (match) => {
    if (!match.startsWith("%")) return escapeByte(match);
    const char = String.fromCharCode(Number.parseInt(match.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(char) ? char : match.toUpperCase();
  });
}

function resolveDots(path: string, options: PathOptions): string | PathRefusal {
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  const last = segments.length - 1;
  for (const [index, segment] of segments.entries()) {
    if (segment === "" && index < last) {
      if (options.emptySegments !== "merge") return "path_empty_segment";
    } else if (segment === "..") {
      if (kept.pop() === undefined) return "path_above_root";
    } else if (segment !== "." && segment !== "") kept.push(segment);
  }
  const tail = segments[last] as string;
  const folder = tail === "" || tail === "." || tail === "..";
  return `/${kept.join("/")}${folder && kept.length > 0 ? "/" : ""}`;
}
