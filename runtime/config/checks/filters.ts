import { type FieldPath, type Issue, show } from "../issue.ts";
import { FILTER_FIELDS, type FilterSpec, type HeaderEditsSpec, type PathRewriteSpec } from "../schemas/http-route.ts";
import { type CheckContext, entries, repeated } from "./walk.ts";

/** Types that one rule may hold several times. */
const REPEATABLE = new Set(["RequestMirror", "ExtensionRef"]);

/** The filters of a rule or backend: settings fit their type, and no two of them contradict each other. */
export function filterIssues(filters: unknown, path: FieldPath, context: CheckContext): Issue[] {
  const found = [...entries<FilterSpec>(filters, path, context)];
  const once = repeated(found, ({ type }) => (REPEATABLE.has(type) ? undefined : type), "each type of filter");
  const types = new Set(found.map(([{ type }]) => type));
  const both = types.has("RequestRedirect") && types.has("URLRewrite");
  const conflict = { path, expected: "either RequestRedirect or URLRewrite", got: "both" };
  return [...once, ...(both ? [conflict] : []), ...found.flatMap(([filter, at]) => settingsIssues(filter, at))];
}

function settingsIssues(filter: FilterSpec, path: FieldPath): Issue[] {
  const own = FILTER_FIELDS[filter.type] ?? "";
  const issues: Issue[] = Object.keys(filter)
    .filter((field) => field !== "type" && field !== own)
    .map((field) => ({
      path: [...path, field],
      at: "key",
      expected: `only ${own} for the type ${filter.type}`,
      got: field,
    }));
  if (!(own in filter))
    issues.push({ path: [...path, own], expected: `the settings of ${filter.type}`, got: "nothing" });
  return [
    ...issues,
    ...editIssues(filter.requestHeaderModifier, [...path, "requestHeaderModifier"]),
    ...editIssues(filter.responseHeaderModifier, [...path, "responseHeaderModifier"]),
    ...rewriteIssues(filter.requestRedirect?.path, [...path, "requestRedirect", "path"]),
    ...rewriteIssues(filter.urlRewrite?.path, [...path, "urlRewrite", "path"]),
    ...extensionIssues(filter.extensionRef, [...path, "extensionRef"]),
  ];
}

/** Fields that frame a message or belong to one connection: the proxy writes them itself. */
const OWN_FIELDS = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function editIssues(edits: HeaderEditsSpec | undefined, path: FieldPath): Issue[] {
  const { set = [], add = [], remove = [] } = edits ?? {};
  const named: [string, FieldPath][] = [
    ...set.map(({ name }, index): [string, FieldPath] => [name, [...path, "set", index, "name"]]),
    ...add.map(({ name }, index): [string, FieldPath] => [name, [...path, "add", index, "name"]]),
    ...remove.map((name, index): [string, FieldPath] => [name, [...path, "remove", index]]),
  ];
  const issues = named
    .filter(([name]) => OWN_FIELDS.has(name.toLowerCase()))
    .map(([name, at]): Issue => ({ path: at, expected: expectedField(name), got: show(name) }));
  const perList = [set.map(({ name }) => name), add.map(({ name }) => name), remove];
  for (const [list, names] of perList.entries()) {
    const at = [...path, ["set", "add", "remove"][list] as string];
    const found = names.map((name, index): [string, FieldPath] => [name.toLowerCase(), [...at, index]]);
    issues.push(...repeated(found, (name) => name, "each header name"));
  }
  return issues;
}

function expectedField(name: string): string {
  if (name.toLowerCase() === "host") return "a header other than host (URLRewrite.hostname sets it)";
  return "a header that does not frame the message";
}

function rewriteIssues(rewrite: PathRewriteSpec | undefined, path: FieldPath): Issue[] {
  if (rewrite === undefined) return [];
  const own = rewrite.type === "ReplaceFullPath" ? "replaceFullPath" : "replacePrefixMatch";
  const value = rewrite[own];
  if (value === undefined) return [{ path: [...path, own], expected: "the new path", got: "nothing" }];
  const other = own === "replaceFullPath" ? "replacePrefixMatch" : "replaceFullPath";
  if (rewrite[other] !== undefined) {
    return [{ path: [...path, other], at: "key", expected: `only ${own} for the type ${rewrite.type}`, got: other }];
  }
  const legal = value === "" || /^\/[\x21-\x7e]*$/.test(value);
  const plain = legal && !/[?#\\]|\/\/|\/\.{1,2}(?:\/|$)/.test(value);
  return plain
    ? []
    : [{ path: [...path, own], expected: "an absolute path without query or dot segments", got: show(value) }];
}

function extensionIssues(ref: FilterSpec["extensionRef"], path: FieldPath): Issue[] {
  if (ref === undefined) return [];
  const issues: Issue[] = [];
  if (ref.group !== "mesh.heddle")
    issues.push({ path: [...path, "group"], expected: "mesh.heddle", got: show(ref.group) });
  if (ref.kind !== "Plugin" && ref.kind !== "PluginConfig")
    issues.push({ path: [...path, "kind"], expected: "Plugin | PluginConfig", got: show(ref.kind) });
  return issues;
}
