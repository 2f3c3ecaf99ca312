import type { Snapshot } from "../../../runtime/config/snapshot.ts";
import type { RoutedRequest } from "../../../runtime/proxy/route/match.ts";
import { canonicalPath } from "../../../runtime/proxy/route/path.ts";
import { createRouter, type Router } from "../../../runtime/proxy/route/router.ts";

export interface Ask {
  /** Target of the request line. */
  readonly target?: string;
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A request as the router sees it. */
export function requestOf({ target = "/", host = "example.test", method = "GET", headers = {} }: Ask): RoutedRequest {
  const canonical = canonicalPath(target);
  if (!canonical.ok) throw new Error(`${target}: ${canonical.reason}`);
  const fields = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat() as string[]]),
  );
  return {
    authority: host,
    path: canonical.path,
    query: canonical.query,
    method,
    fields: {
      get: (name) => fields.get(name.toLowerCase())?.[0],
      values: (name) => fields.get(name.toLowerCase()) ?? [],
    },
  };
}

/** The router of every listener on a port, wherever it is bound. */
export function routerOf(snapshot: Snapshot, port = 80): Router {
  return createRouter(snapshot.listeners.filter((listener) => listener.port === port));
}

/** The backend that a request would go to, as the last part of its cluster's Service name; undefined for a 404. */
export function backendOf(router: Router, ask: Ask): string | undefined {
  const found = router.match(requestOf(ask));
  return found?.rule.backends[0]?.cluster.replace(/^.*\//, "").replace(/:.*$/, "");
}
