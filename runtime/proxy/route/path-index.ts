import { patternOf, type QueryReader, type RoutedRequest } from "./match.ts";
import { canonicalPath } from "./path.ts";
import { type Candidate, comparePrecedence } from "./precedence.ts";

/** Finds the best candidate of one host. Exact paths and prefixes cost look-ups by path segment, however many rules there are. */
export interface PathIndex {
  find(request: RoutedRequest, query: QueryReader): Candidate | undefined;
}

export function createPathIndex(candidates: readonly Candidate[]): PathIndex {
  const sorted = [...candidates].sort(comparePrecedence);
  const exact = groupBy(sorted.filter(hasType("Exact")), (path) => canonicalValue(path));
  const prefixes = groupBy(sorted.filter(hasType("PathPrefix")), (path) => trimSlash(canonicalValue(path)));
  const patterns = sorted
    .filter(hasType("RegularExpression"))
    .map((candidate) => ({ candidate, pattern: patternOf(candidate.matched.match.path.value) }));
  const depth = Math.max(0, ...[...prefixes.keys()].map(countSegments));

  return {
    find(request, query) {
      const { path } = request;
      const holds = (candidate: Candidate) => candidate.holds(request, query);
      const exactHit = exact.get(path)?.find(holds);
      if (exactHit !== undefined) return exactHit;
      const patternHit = patterns.find(({ pattern, candidate }) => holds(candidate) && pattern.matches(path));
      return patternHit?.candidate ?? findPrefix(prefixes, depth, path, holds);
    },
  };
}

function findPrefix(
  prefixes: ReadonlyMap<string, Candidate[]>,
  depth: number,
  path: string,
  holds: (candidate: Candidate) => boolean,
): Candidate | undefined {
  const plain = path.includes(";") ? path.replace(/;[^/]*/g, "") : undefined;
  for (let segments = depth; segments >= 0; segments--) {
    const found = prefixes.get(headOf(path, segments))?.find(holds);
    if (found !== undefined) return found;
    const bare = plain === undefined ? undefined : prefixes.get(headOf(plain, segments))?.find(holds);
    if (bare !== undefined) return bare;
  }
  return undefined;
}

/** The first `segments` segments of a path, without trailing slash; the whole path when it has fewer. */
function headOf(path: string, segments: number): string {
  let end = 0;
  for (let seen = 0; seen < segments; seen++) {
    const next = path.indexOf("/", end + 1);
    if (next < 0) return trimSlash(path);
    end = next;
  }
  return path.slice(0, end);
}

const hasType = (type: string) => (candidate: Candidate) => candidate.matched.match.path.type === type;
const trimSlash = (path: string) => (path.endsWith("/") ? path.slice(0, -1) : path);
const countSegments = (prefix: string) => prefix.split("/").length - 1;

/** A document may write a path with any legal escapes; requests are compared in canonical form. */
function canonicalValue(value: string): string {
  const canonical = canonicalPath(value.replace(/[^\0-\x7f]+/g, encodeURIComponent), { encodedSlash: "keep" });
  return canonical.ok ? canonical.path : value;
}

function groupBy(sorted: readonly Candidate[], key: (path: string) => string): Map<string, Candidate[]> {
  return Map.groupBy(sorted, (candidate) => key(candidate.matched.match.path.value));
}
