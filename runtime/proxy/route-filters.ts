import type { RouteFilter } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import { type Reply, redirect } from "./reply.ts";
import { setAuthority } from "./request-target.ts";
import type { Matched } from "./route/precedence.ts";
import { applyEdits, type RequestTarget, redirectLocation, rewritePath } from "./route/rewrite.ts";

/** The target that the rule was matched by, before any filter of the route rewrote it. */
export function routedTarget({ path, query, authority }: RequestTarget): RequestTarget {
  return { path, query, authority };
}

/**
 * Applies filters of a rule or a backendRef to the request, in order; a redirect answers it. Both levels replace the
 * prefix of the routed path, so that a backendRef's rewrite wins over its rule's instead of rewriting it once more.
 */
export function filterRequest(
  { request, connection }: Exchange,
  { match, listener }: Matched,
  filters: readonly RouteFilter[],
  routed: RequestTarget,
): Reply | undefined {
  for (const filter of filters) {
    if (filter.type === "RequestHeaderModifier") applyEdits(request.fields, filter.edits);
    else if (filter.type === "URLRewrite") {
      if (filter.path !== undefined) request.path = rewritePath(routed.path, match, filter.path);
      if (filter.hostname !== undefined) setAuthority(request, filter.hostname);
    } else if (filter.type === "RequestRedirect") {
      const target = { ...routed, scheme: request.scheme, listenerPort: listener.port || connection.serverPort };
      return redirect(filter.statusCode, redirectLocation(target, match, filter));
    }
  }
  return undefined;
}

export function filterResponse(fields: FieldList, filters: readonly RouteFilter[]): void {
  for (const filter of filters) if (filter.type === "ResponseHeaderModifier") applyEdits(fields, filter.edits);
}
