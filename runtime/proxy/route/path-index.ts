import { patternOf, type RoutedRequest } from "./match.ts";
import { canonicalPath } from "./path.ts";
import { type Candidate, comparePrecedence } from "./precedence.ts";

/** Finds the best candidate of one host. Exact paths and prefixes cost look-ups by path segment, however many rules there are. */
export interface PathIndex {
  find(request: RoutedRequest): Candidate | undefined;
}

export function createPathIndex(candidates: readonly Candidate[]): PathIndex {
  return new SortedIndex([...candidates].sort(comparePrecedence));
}

interface PatternCandidate {
  readonly candidate: Candidate;
  readonly pattern: ReturnType<typeof patternOf>;
}

const NONE: readonly Candidate[] = [];

class SortedIndex implements PathIndex {
  readonly #exact: ReadonlyMap<string, readonly Candidate[]>;
  readonly #patterns: readonly PatternCandidate[];
  readonly #prefixes: ReadonlyMap<string, readonly Candidate[]>;
  /** Of the prefix `/`, which every path has. */
  readonly #rest: readonly Candidate[];
  /** Segments of the longest prefix. */
  readonly #depth: number;

  constructor(sorted: readonly Candidate[]) {
    this.#exact = groupBy(sorted.filter(hasType("Exact")), (path) => canonicalValue(path));
    this.#prefixes = groupBy(sorted.filter(hasType("PathPrefix")), (path) => trimSlash(canonicalValue(path)));
    this.#patterns = sorted
      .filter(hasType("RegularExpression"))
      .map((candidate) => ({ candidate, pattern: patternOf(candidate.matched.match.path.value) }));
    this.#rest = this.#prefixes.get("") ?? NONE;
    this.#depth = Math.max(0, ...[...this.#prefixes.keys()].map(countSegments));
  }

  find(request: RoutedRequest): Candidate | undefined {
    const { path } = request;
    const exact = this.#exact.size === 0 ? undefined : firstOf(this.#exact.get(path), request);
    if (exact !== undefined) return exact;
    for (let at = 0; at < this.#patterns.length; at += 1) {
      const { pattern, candidate } = this.#patterns[at] as PatternCandidate;
      if (candidate.holds(request) && pattern.matches(path)) return candidate;
    }
    return (this.#depth === 0 ? undefined : this.#findPrefix(path, request)) ?? firstOf(this.#rest, request);
  }

  #findPrefix(path: string, request: RoutedRequest): Candidate | undefined {
    const plain = path.includes(";") ? path.replace(/;[^/]*/g, "") : undefined;
    for (let segments = this.#depth; segments > 0; segments -= 1) {
      const found = firstOf(this.#prefixes.get(headOf(path, segments)), request);
      if (found !== undefined) return found;
      const bare = plain === undefined ? undefined : firstOf(this.#prefixes.get(headOf(plain, segments)), request);
      if (bare !== undefined) return bare;
    }
    return undefined;
  }
}

function firstOf(candidates: readonly Candidate[] | undefined, request: RoutedRequest): Candidate | undefined {
  if (candidates === undefined) return undefined;
  for (let at = 0; at < candidates.length; at += 1) {
    const candidate = candidates[at] as Candidate;
    if (candidate.holds(request)) return candidate;
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
