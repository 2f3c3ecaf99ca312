import { type FieldList, fieldList } from "../fields.ts";
import { stripHopByHop } from "../hop-by-hop.ts";
import { announcesTrailers } from "./announced-trailers.ts";
import { illegalField } from "./legal-fields.ts";

export type RequestHeadRead =
  | {
      readonly ok: true;
      readonly method: string;
      readonly authority: string;
      readonly target: string;
      readonly fields: FieldList;
      readonly expectsContinue: boolean;
    }
  | { readonly ok: false; readonly status: number; readonly detail: string };

/** A tunnel or a reflection is never wanted behind a proxy; `PRI` is HTTP/2's own. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "PRI", "SOURCE"]);
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Origin-form without a fragment: printable ASCII only, so that it can stand in an HTTP/1.1 request line. */
const TARGET = /^\/[!"$-~]*$/;

/**
 * Reads what node:http2 delivers, alternating names and values, with the checks that it leaves to its users (RFC 9113
 * 8.2, 8.3): the result can be written as HTTP/1.1. `host` becomes the first field, cookie crumbs are one field again, and
 * a body whose trailers are announced has no length.
 */
export function readRequestHead(
  raw: readonly string[],
  { hasBody, maxFields }: { hasBody: boolean; maxFields: number },
): RequestHeadRead {
  const pseudo = new Map<string, string>();
  const plain: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string];
    if (name.startsWith(":")) pseudo.set(name, value);
    else plain.push(name, value);
  }
  if (plain.length > 2 * maxFields) return refused(431, "too_many_fields");
  return checkPseudo(pseudo) ?? checkFields(plain, hasBody) ?? assemble(pseudo, joinCookies(plain), hasBody);
}

function checkPseudo(pseudo: ReadonlyMap<string, string>): RequestHeadRead | undefined {
  const method = pseudo.get(":method") ?? "";
  if (REFUSED_METHODS.has(method)) return refused(405, "method_refused");
  if (!METHOD.test(method)) return refused(400, "method_illegal");
  if (pseudo.has(":protocol")) return refused(501, "extended_connect_unsupported");
  const scheme = pseudo.get(":scheme");
  if (scheme !== "http" && scheme !== "https") return refused(400, "scheme");
  const target = pseudo.get(":path") ?? "";
  if (TARGET.test(target) || (target === "*" && method === "OPTIONS")) return undefined;
  return refused(400, target.includes("#") ? "target_fragment" : "target_form");
}

function checkFields(plain: readonly string[], hasBody: boolean): RequestHeadRead | undefined {
  const illegal = illegalField(plain);
  if (illegal !== undefined) return refused(400, illegal);
  const fields = fieldList([...plain]);
  if (fields.values("te").some((value) => value.toLowerCase() !== "trailers")) return refused(400, "te");
  const lengths = fields.values("content-length");
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0] ?? "0")) return refused(400, "content_length");
  if (!hasBody && Number(lengths[0] ?? "0") > 0) return refused(400, "content_length");
  const expectations = fields.values("expect");
  const known = (expectations[0] ?? "100-continue").toLowerCase() === "100-continue";
  return expectations.length <= 1 && known ? undefined : refused(417, "expectation");
}

/** `:authority` and `host` must not name two places (RFC 9113 8.3.1); one of them is enough. */
function assemble(pseudo: ReadonlyMap<string, string>, plain: string[], hasBody: boolean): RequestHeadRead {
  const fields = fieldList(plain);
  const hosts = fields.values("host");
  const authority = pseudo.get(":authority") ?? hosts[0] ?? "";
  if (authority === "") return refused(400, "host_missing");
  if (authority.includes("@")) return refused(400, "authority_userinfo");
  if (hosts.some((host) => host.toLowerCase() !== authority.toLowerCase())) return refused(400, "host_differs");
  const expectsContinue = fields.has("expect");
  if (hasBody && announcesTrailers(fields)) fields.remove("content-length");
  stripHopByHop(fields);
  fields.removeWhere((name) => name === "host" || name === "expect");
  fields.replace(["host", authority, ...fields.raw]);
  const [method, target] = [pseudo.get(":method") as string, pseudo.get(":path") as string];
  return { ok: true, method, authority, target, fields, expectsContinue };
}

/** HTTP/2 may split `cookie` for better compression; HTTP/1.1 has one (RFC 9113 8.2.3). */
function joinCookies(plain: readonly string[]): string[] {
  const joined: string[] = [];
  let cookie = -1;
  for (let i = 0; i < plain.length; i += 2) {
    const [name, value] = [plain[i] as string, plain[i + 1] as string];
    if (name === "cookie" && cookie >= 0) {
      joined[cookie] += `; ${value}`;
      continue;
    }
    if (name === "cookie") cookie = joined.length + 1;
    joined.push(name, value);
  }
  return joined;
}

function refused(status: number, detail: string): RequestHeadRead {
  return { ok: false, status, detail };
}
