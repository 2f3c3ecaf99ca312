import type { Listener, Route, RouteMatch, RouteRule } from "../../config/snapshot.ts";
import type { Plan } from "../plan.ts";
import { compilePredicate, firstByName, type Predicate } from "./match.ts";

/** What a request was matched to. */
export interface Matched {
  readonly rule: RouteRule;
  readonly route: Route;
  readonly match: RouteMatch;
  readonly listener: Listener;
  /** What the scope has worked out for the requests that come here. */
  plan: Plan | undefined;
}

/** One match of one rule, ready to be tried, with the ranks that order it among others. */
export interface Candidate {
  readonly matched: Matched;
  readonly holds: Predicate;
  readonly headers: number;
  readonly queryParams: number;
  readonly ruleIndex: number;
  readonly matchIndex: number;
}

export function createCandidate(matched: Matched, ruleIndex: number, matchIndex: number): Candidate {
  const { match } = matched;
  return {
    matched,
    holds: compilePredicate(match),
    headers: firstByName(match.headers, (name) => name.toLowerCase()).length,
    queryParams: firstByName(match.queryParams, (name) => name).length,
    ruleIndex,
    matchIndex,
  };
}

const TYPE_RANK = { Exact: 0, RegularExpression: 1, PathPrefix: 2 } as const;

/**
 * Negative when `a` goes first. Gateway API v1 `HTTPRouteRule.matches`: path type, path length, method, number of headers,
 * number of query parameters, oldest route, "namespace/name", order in the document. The place of regular expressions,
 * which the specification leaves open, is between Exact and PathPrefix, longer expressions first, as in Envoy Gateway.
 */
export function comparePrecedence(a: Candidate, b: Candidate): number {
  return (
    TYPE_RANK[a.matched.match.path.type] - TYPE_RANK[b.matched.match.path.type] ||
    pathLength(b.matched.match) - pathLength(a.matched.match) ||
    Number(b.matched.match.method !== undefined) - Number(a.matched.match.method !== undefined) ||
    b.headers - a.headers ||
    b.queryParams - a.queryParams ||
    a.matched.route.age - b.matched.route.age ||
    compareText(a.matched.route.name, b.matched.route.name) ||
    a.ruleIndex - b.ruleIndex ||
    a.matchIndex - b.matchIndex
  );
}

/** A prefix means the same with and without its trailing slash. */
function pathLength({ path }: RouteMatch): number {
  return path.value.length - (path.type === "PathPrefix" && path.value.endsWith("/") ? 1 : 0);
}

/** By code unit: the same everywhere, whatever the locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
