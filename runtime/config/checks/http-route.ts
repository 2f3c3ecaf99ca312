import { parseDuration } from "../duration.ts";
import { type FieldPath, type Issue, show } from "../issue.ts";
import type { BackendRefSpec, FilterSpec, HttpRouteSpec, MatchSpec, RuleSpec } from "../schemas/http-route.ts";
import { filterIssues } from "./filters.ts";
import { matchIssues } from "./path-match.ts";
import { anyEntries, type Check, type CheckContext, entries, repeated, specOf } from "./walk.ts";

/** The rules that Gateway API v1 states in words or CEL for `HTTPRoute`. */
export const checkHttpRoute: Check = (body, context) => {
  const { rules } = specOf(body) as HttpRouteSpec;
  const path = ["spec", "rules"];
  const issues = repeated(anyEntries<RuleSpec>(rules, path), ({ name }) => name, "each rule name");
  for (const [rule, at] of anyEntries<RuleSpec>(rules, path)) issues.push(...ruleIssues(rule, at, context));
  return issues;
};

function ruleIssues(rule: Partial<RuleSpec>, path: FieldPath, context: CheckContext): Issue[] {
  const issues: Issue[] = filterIssues(rule.filters, [...path, "filters"], context);
  for (const [match, at] of entries<MatchSpec>(rule.matches, [...path, "matches"], context)) {
    issues.push(...matchIssues(match, at));
  }
  for (const [backend, at] of anyEntries<BackendRefSpec>(rule.backendRefs, [...path, "backendRefs"])) {
    issues.push(...filterIssues(backend.filters, [...at, "filters"], context));
    if (context.clean(at)) issues.push(...backendIssues(backend as BackendRefSpec, at));
  }
  if (context.clean([...path, "timeouts"])) issues.push(...timeoutIssues(rule, path));
  if (context.clean(path)) issues.push(...combinationIssues(rule as RuleSpec, path));
  return issues;
}

function backendIssues(backend: BackendRefSpec, path: FieldPath): Issue[] {
  const service = (backend.kind ?? "Service") === "Service" && (backend.group ?? "") === "";
  if (!service || backend.port !== undefined) return [];
  return [{ path: [...path, "port"], expected: "the port of the Service", got: "nothing" }];
}

function timeoutIssues(rule: Partial<RuleSpec>, path: FieldPath): Issue[] {
  const { request, backendRequest } = rule.timeouts ?? {};
  const whole = parseDuration(request ?? "");
  const part = parseDuration(backendRequest ?? "");
  if (!whole || part === undefined || part <= whole) return [];
  const expected = `at most timeouts.request (${request})`;
  return [{ path: [...path, "timeouts", "backendRequest"], expected, got: show(backendRequest) }];
}

/** What filters ask of the rule around them. */
function combinationIssues(rule: RuleSpec, path: FieldPath): Issue[] {
  const issues: Issue[] = [];
  const filters = rule.filters ?? [];
  if (filters.some(({ type }) => type === "RequestRedirect") && (rule.backendRefs ?? []).length > 0) {
    issues.push({
      path: [...path, "backendRefs"],
      expected: "no backendRefs beside a RequestRedirect filter",
      got: "some",
    });
  }
  const backendFilters = (rule.backendRefs ?? []).flatMap((backend) => backend.filters ?? []);
  if ([...filters, ...backendFilters].some(replacesPrefix) && !hasOnePrefix(rule)) {
    const expected = "exactly one match, of type PathPrefix, for ReplacePrefixMatch";
    issues.push({ path: [...path, "matches"], expected, got: show(rule.matches) });
  }
  return issues;
}

function replacesPrefix(filter: FilterSpec): boolean {
  return (filter.urlRewrite?.path ?? filter.requestRedirect?.path)?.type === "ReplacePrefixMatch";
}

function hasOnePrefix(rule: RuleSpec): boolean {
  const matches = rule.matches ?? [{}];
  return matches.length === 1 && (matches[0]?.path?.type ?? "PathPrefix") === "PathPrefix";
}
