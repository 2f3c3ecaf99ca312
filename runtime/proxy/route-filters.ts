import type { RouteFilter } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import { type Reply, redirect } from "./reply.ts";
import { setAuthority } from "./request-target.ts";
import type { Matched } from "./route/precedence.ts";
import { applyEdits, redirectLocation, rewriteTarget } from "./route/rewrite.ts";

/** Applies the filters that a route itself has to the request, in order; a redirect answers it. */
export function filterRequest(
  { request, connection }: Exchange,
  { match, listener }: Matched,
  filters: readonly RouteFilter[],
): Reply | undefined {
  for (const filter of filters) {
    if (filter.type === "RequestHeaderModifier") applyEdits(request.fields, filter.edits);
    else if (filter.type === "URLRewrite") {
      const { path, query, authority } = rewriteTarget(request, match, filter);
      Object.assign(request, { path, query });
      setAuthority(request, authority);
    } else if (filter.type === "RequestRedirect") {
      const listenerPort = listener.port || connection.serverPort;
      return redirect(filter.statusCode, redirectLocation({ ...request, listenerPort }, match, filter));
    }
  }
  return undefined;
}

export function filterResponse(fields: FieldList, filters: readonly RouteFilter[]): void {
  for (const filter of filters) if (filter.type === "ResponseHeaderModifier") applyEdits(fields, filter.edits);
}
