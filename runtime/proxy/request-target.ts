import type { RequestHead } from "../http/exchange.ts";
import { type Reply, refusal } from "./reply.ts";
import { parseAuthority } from "./route/host.ts";
import { canonicalPath } from "./route/path.ts";

/** Makes target and authority canonical: one form for matching, filters, log and backend. Refuses what is ambiguous. */
export function readTarget(request: RequestHead): Reply | undefined {
  const target = canonicalPath(request.target);
  if (!target.ok) return refusal("DPE", target.reason);
  const authority = parseAuthority(target.authority ?? request.authority);
  if (authority === undefined) return refusal("DPE", "bad_authority");
  request.path = target.path;
  request.query = target.query;
  setAuthority(request, authority.port === undefined ? authority.host : `${authority.host}:${authority.port}`);
  return undefined;
}

/** The Host field follows the authority, so that filters and backends read the same. */
export function setAuthority(request: RequestHead, authority: string): void {
  request.authority = authority;
  request.fields.set("host", authority);
}
