import { compilePattern, type Pattern } from "../../config/pattern.ts";
import type { RouteMatch, ValueMatch } from "../../config/snapshot.ts";

/** What routing needs to know about a request; an Exchange's request has this shape. */
export interface RoutedRequest {
  /** Host with optional port; the port takes no part in matching. */
  readonly authority: string;
  /** Canonical, without the query. */
  readonly path: string;
  readonly query?: string | undefined;
  readonly method: string;
  readonly fields: { get(name: string): string | undefined; values(name: string): string[] };
}

/** Everything of a match but its path, which the index has already looked at. */
export type Predicate = (request: RoutedRequest) => boolean;

const ALWAYS: Predicate = () => true;

const NEVER: Pattern = { matches: () => false };

function valueTest(match: ValueMatch): (value: string) => boolean {
  if (match.type === "Exact") return (value) => value === match.value;
  const pattern = patternOf(match.value);
  return (value) => pattern.matches(value);
}

/** An expression that the configuration let through always compiles; one that does not can match nothing. */
export function patternOf(source: string): Pattern {
  const compiled = compilePattern(source);
  return compiled.ok ? compiled.pattern : NEVER;
}

/** The first of several entries with one name wins (Gateway API v1); `fold` says when names are equal. */
export function firstByName(matches: readonly ValueMatch[], fold: (name: string) => string): ValueMatch[] {
  const byName = new Map<string, ValueMatch>();
  for (const match of matches) {
    const name = fold(match.name);
    if (!byName.has(name)) byName.set(name, { ...match, name });
  }
  return [...byName.values()];
}

/** A repeated request header counts as its values joined by commas (RFC 9110 section 5.2). */
function headerTest(match: ValueMatch): Predicate {
  const test = valueTest(match);
  return ({ fields }) => {
    const first = fields.get(match.name);
    if (first === undefined) return false;
    const values = fields.values(match.name);
    return test(values.length > 1 ? values.join(",") : first);
  };
}

function queryTest(match: ValueMatch): Predicate {
  const test = valueTest(match);
  return (request) => {
    const value = readQuery(request.query).get(match.name);
    return value !== undefined && test(value);
  };
}

/** Method, headers and query parameters: all must hold. */
export function compilePredicate(match: RouteMatch): Predicate {
  const tests: Predicate[] = [];
  if (match.method !== undefined) tests.push((request) => request.method === match.method);
  for (const header of firstByName(match.headers, (name) => name.toLowerCase())) tests.push(headerTest(header));
  for (const param of firstByName(match.queryParams, (name) => name)) tests.push(queryTest(param));
  const [only] = tests;
  if (only === undefined) return ALWAYS;
  return tests.length === 1 ? only : (request) => tests.every((test) => test(request));
}

let lastQuery: string | undefined;
let lastParams: ReadonlyMap<string, string> = new Map();

/**
 * Parameters by decoded name; the first value of a name counts. `+` stands for itself, as in a path. The last query is
 * remembered: all rules that look at parameters ask for the same one.
 */
export function readQuery(query: string | undefined): ReadonlyMap<string, string> {
  if (query !== lastQuery) {
    lastParams = parseQuery(query);
    lastQuery = query;
  }
  return lastParams;
}

function parseQuery(query: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of query ? query.split("&") : []) {
    const mark = pair.indexOf("=");
    const name = decode(mark < 0 ? pair : pair.slice(0, mark));
    if (!found.has(name)) found.set(name, mark < 0 ? "" : decode(pair.slice(mark + 1)));
  }
  return found;
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
