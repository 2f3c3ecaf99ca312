import type { RequestHead } from "../http/exchange.ts";
import type { Client } from "./client.ts";
import type { Outcome } from "./outcome.ts";
import { type Reply, refusal } from "./reply.ts";
import type { Authority } from "./route/host.ts";
import { type CanonicalTarget, canonicalPath, plainPathEnd } from "./route/path.ts";

/** Makes target and authority canonical: one form for matching, filters, log and backend. Refuses what is ambiguous. */
export function readTarget(request: RequestHead, client: Client, outcome: Outcome): Reply | undefined {
  const { target } = request;
  const end = plainPathEnd(target);
  if (end < 0) return readUnusual(request, client);
  if (end === target.length) request.path = target;
  else {
    request.path = target.slice(0, end);
    request.query = target.slice(end + 1);
  }
  outcome.plainPath = request.path;
  outcome.plainQuery = request.query;
  return readAuthority(request, client.authorityOf(request.authority));
}

function readUnusual(request: RequestHead, client: Client): Reply | undefined {
  const target = asksAboutServer(request) ? WHOLE_SERVER : canonicalPath(request.target);
  if (!target.ok) return refusal("DPE", target.reason);
  const refused = readAuthority(request, client.authorityOf(target.authority ?? request.authority));
  if (refused !== undefined) return refused;
  request.path = target.path;
  request.query = target.query;
  return undefined;
}

const WHOLE_SERVER: CanonicalTarget = { ok: true, path: "*", query: undefined };

/** RFC 9112 3.2.4. */
function asksAboutServer({ method, target }: RequestHead): boolean {
  return target === "*" && method === "OPTIONS";
}

function readAuthority(request: RequestHead, authority: Authority | undefined): Reply | undefined {
  if (authority !== undefined) {
    setAuthority(request, authority.text);
    return undefined;
  }
  request.path = "";
  request.query = undefined;
  return refusal("DPE", "bad_authority");
}

/** The Host field follows the authority, so that filters and backends read the same. */
export function setAuthority(request: RequestHead, authority: string): void {
  const { fields } = request;
  request.authority = authority;
  // Left alone where it says so already: an untouched line is forwarded as the bytes that came.
  if (fields.get("host") !== authority) fields.set("host", authority);
}

/** What a backend is asked for: path and query as they are now. */
export function forwardedTarget({ target, path, query }: Pick<RequestHead, "target" | "path" | "query">): string {
  if (query === undefined) return path;
  const same = target.length === path.length + 1 + query.length && target.startsWith(path);
  return same ? target : `${path}?${query}`;
}
