import { type FieldPath, type Issue, show } from "../issue.ts";
import { compilePattern } from "../pattern.ts";
import type { MatchSpec, ValueMatchSpec } from "../schemas/http-route.ts";

/** Path values as Gateway API v1 validates them, and regular expressions as the matcher can run them. */
export function matchIssues(match: MatchSpec, path: FieldPath): Issue[] {
  const { type = "PathPrefix", value = "/" } = match.path ?? {};
  const at = [...path, "path", "value"];
  const issues = type === "RegularExpression" ? patternIssues(value, at) : pathIssues(value, at);
  for (const [field, list] of Object.entries({ headers: match.headers, queryParams: match.queryParams })) {
    for (const [index, entry] of (list ?? []).entries()) issues.push(...valueIssues(entry, [...path, field, index]));
  }
  return issues;
}

function valueIssues(entry: ValueMatchSpec, path: FieldPath): Issue[] {
  return entry.type === "RegularExpression" ? patternIssues(entry.value, [...path, "value"]) : [];
}

function patternIssues(value: string, path: FieldPath): Issue[] {
  const compiled = compilePattern(value);
  if (compiled.ok) return [];
  return [{ path, expected: "a regular expression in RE2 syntax", got: `${show(value)} (${compiled.reason})` }];
}

const FORBIDDEN = ["//", "/./", "/../", "%2f", "%2F", "#", "?"];

export function pathIssues(value: string, path: FieldPath): Issue[] {
  const expected = "an absolute path";
  if (!value.startsWith("/")) return [{ path, expected: `${expected} (starting with /)`, got: show(value) }];
  const part = FORBIDDEN.find((each) => value.includes(each)) ?? ["/..", "/."].find((each) => value.endsWith(each));
  if (part === undefined) return [];
  return [{ path, expected: `${expected} without ${JSON.stringify(part)}`, got: show(value) }];
}
