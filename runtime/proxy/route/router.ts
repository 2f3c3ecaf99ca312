import type { Listener, Route } from "../../config/snapshot.ts";
import { parseAuthority } from "./host.ts";
import { createHostIndex, type HostIndex } from "./host-index.ts";
import { type QueryReader, type RoutedRequest, readQuery } from "./match.ts";
import { createPathIndex, type PathIndex } from "./path-index.ts";
import { type Candidate, createCandidate, type Matched } from "./precedence.ts";

/** Matches requests of one port to rules, as Gateway API v1 orders them. Built once per snapshot, immutable. */
export interface Router {
  /** Undefined when no rule matches, or when the authority is malformed. */
  match(request: RoutedRequest): Matched | undefined;
  /** The listener that owns a host: the most specific one. */
  listenerFor(authority: string): Listener | undefined;
}

/**
 * A router for the listeners of one address and port. A request belongs to the listener with the most specific hostname
 * and to no other (listener isolation). Within it, rules of routes with a more specific hostname go first; if none of
 * them matches, less specific ones follow.
 */
export function createRouter(listeners: readonly Listener[]): Router {
  const index = createHostIndex(listeners.map((each) => [each.hostname, [each, compileListener(each)] as const]));
  const ownerOf = (authority: string) => {
    const host = parseAuthority(authority)?.host;
    return host === undefined ? undefined : { host, owner: index.lookup(host).next().value };
  };
  return {
    listenerFor: (authority) => ownerOf(authority)?.owner?.[0],
    match(request) {
      const found = ownerOf(request.authority);
      return found?.owner === undefined ? undefined : matchIn(found.owner[1], found.host, request);
    },
  };
}

function matchIn(hosts: HostIndex<PathIndex>, host: string, request: RoutedRequest): Matched | undefined {
  const query = lazyQuery(request.query);
  for (const paths of hosts.lookup(host)) {
    const candidate = paths.find(request, query);
    if (candidate !== undefined) return candidate.matched;
  }
  return undefined;
}

function lazyQuery(text: string | undefined): QueryReader {
  let read: ReadonlyMap<string, string> | undefined;
  return () => {
    read ??= readQuery(text);
    return read;
  };
}

function compileListener(listener: Listener): HostIndex<PathIndex> {
  const byHost = new Map<string | undefined, Candidate[]>();
  for (const route of listener.routes) {
    const candidates = candidatesOf(listener, route);
    for (const hostname of route.hostnames.length === 0 ? [undefined] : route.hostnames) {
      byHost.set(hostname, [...(byHost.get(hostname) ?? []), ...candidates]);
    }
  }
  return createHostIndex([...byHost].map(([hostname, list]) => [hostname, createPathIndex(list)] as const));
}

function candidatesOf(listener: Listener, route: Route): Candidate[] {
  return route.rules.flatMap((rule, ruleIndex) =>
    rule.matches.map((match, matchIndex) => createCandidate({ rule, route, match, listener }, ruleIndex, matchIndex)),
  );
}
