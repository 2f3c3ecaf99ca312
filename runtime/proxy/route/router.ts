import type { Listener, Route } from "../../config/snapshot.ts";
import { parseAuthority } from "./host.ts";
import { createHostIndex, type HostIndex } from "./host-index.ts";
import type { RoutedRequest } from "./match.ts";
import { createPathIndex, type PathIndex } from "./path-index.ts";
import { type Candidate, createCandidate, type Matched } from "./precedence.ts";

/** Matches requests of one port to rules, as Gateway API v1 orders them. Built once per snapshot, immutable. */
export interface Router {
  /** Undefined when no rule matches, or when the authority is malformed. */
  match(request: RoutedRequest): Matched | undefined;
  /** The listener that owns a host: the most specific one. */
  listenerFor(authority: string): Listener | undefined;
  /** The listener of every host that no other names. */
  readonly anyHost: Listener | undefined;
}

/** What an authority leads to: its listener, and the rules for its host, the most specific first. */
interface Place {
  readonly listener: Listener | undefined;
  readonly paths: readonly PathIndex[];
}

const NOWHERE: Place = { listener: undefined, paths: [] };

/** Authorities whose place is remembered; when there are more, all are forgotten. */
const REMEMBERED = 1_024;

/**
 * A router for the listeners of one address and port. A request belongs to the listener with the most specific hostname
 * and to no other (listener isolation). Within it, rules of routes with a more specific hostname go first; if none of
 * them matches, less specific ones follow.
 */
export function createRouter(listeners: readonly Listener[]): Router {
  return new HostRouter(listeners);
}

class HostRouter implements Router {
  readonly anyHost: Listener | undefined;
  readonly #listeners: HostIndex<readonly [Listener, HostIndex<PathIndex>]>;
  readonly #places = new Map<string, Place>();
  /** What was looked up last: many requests in a row name the same authority. */
  #last = "";
  #lastPlace: Place = NOWHERE;

  constructor(listeners: readonly Listener[]) {
    this.anyHost = listeners.find(({ hostname }) => hostname === undefined);
    this.#listeners = createHostIndex(listeners.map((each) => [each.hostname, [each, compileListener(each)] as const]));
  }

  listenerFor(authority: string): Listener | undefined {
    return this.#placeOf(authority).listener;
  }

  match(request: RoutedRequest): Matched | undefined {
    const { paths } = this.#placeOf(request.authority);
    for (let at = 0; at < paths.length; at += 1) {
      const candidate = (paths[at] as PathIndex).find(request);
      if (candidate !== undefined) return candidate.matched;
    }
    return undefined;
  }

  #placeOf(authority: string): Place {
    if (authority === this.#last) return this.#lastPlace;
    const place = this.#places.get(authority) ?? this.#remember(authority);
    this.#last = authority;
    this.#lastPlace = place;
    return place;
  }

  #remember(authority: string): Place {
    const host = parseAuthority(authority)?.host;
    if (host === undefined) return NOWHERE;
    const place = this.#look(host);
    if (this.#places.size >= REMEMBERED) this.#places.clear();
    this.#places.set(authority, place);
    return place;
  }

  #look(host: string): Place {
    const owner = this.#listeners.lookup(host).next().value;
    return owner === undefined ? NOWHERE : { listener: owner[0], paths: [...owner[1].lookup(host)] };
  }
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
    rule.matches.map((match, matchIndex) =>
      createCandidate({ rule, route, match, listener, plan: undefined }, ruleIndex, matchIndex),
    ),
  );
}
