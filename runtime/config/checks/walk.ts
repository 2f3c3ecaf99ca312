import type { FieldPath, Issue } from "../issue.ts";

/** Rules of a kind that a schema cannot say. They see only parts that follow the schema, so that all faults show at once. */
export type Check = (body: Readonly<Record<string, unknown>>, context: CheckContext) => Issue[];

export interface CheckContext {
  /** Whether the schema has nothing against this field, what is in it, and what it is in. */
  clean(path: FieldPath): boolean;
  /** Reads a small text file named by the document, relative to it. */
  readBeside(
    path: string,
  ): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };
}

/** A context that remembers which fields the schema has complained about. */
export function cleanFields(issues: readonly Issue[]): (path: FieldPath) => boolean {
  return (path) =>
    !issues.some((issue) => {
      const shared = Math.min(issue.path.length, path.length);
      return issue.path.slice(0, shared).every((part, index) => part === path[index]);
    });
}

/** The entries of a list that follow the schema, each with its path. Anything but a list has none. */
export function* entries<T>(value: unknown, path: FieldPath, context: CheckContext): Generator<[T, FieldPath]> {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) {
    const at = [...path, index];
    if (context.clean(at)) yield [item as T, at];
  }
}

/** As `entries`, and also those with a fault inside, for callers that look at their parts one by one. */
export function* anyEntries<T>(value: unknown, path: FieldPath): Generator<[Partial<T>, FieldPath]> {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) {
    if (typeof item === "object" && item !== null) yield [item as Partial<T>, [...path, index]];
  }
}

/** Complains about every entry whose key another entry before it has. */
export function repeated<T>(
  found: Iterable<[T, FieldPath]>,
  keyOf: (item: T) => string | undefined,
  what: string,
): Issue[] {
  const seen = new Set<string>();
  const issues: Issue[] = [];
  for (const [item, path] of found) {
    const key = keyOf(item);
    if (key === undefined) continue;
    if (seen.has(key)) issues.push({ path, expected: `${what} only once`, got: `${JSON.stringify(key)} again` });
    seen.add(key);
  }
  return issues;
}

export function specOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const spec = body.spec;
  return typeof spec === "object" && spec !== null ? (spec as Record<string, unknown>) : {};
}
