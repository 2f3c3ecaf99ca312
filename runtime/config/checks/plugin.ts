import { type FieldPath, type Issue, show } from "../issue.ts";
import type { KeySetSpec, PluginSpec } from "../schemas/plugin.ts";
import { limitIssues } from "./limits.ts";
import { anyEntries, type Check, entries, repeated, specOf } from "./walk.ts";

/** A plugin has one source; a key set has one origin. */
export const checkPlugin: Check = (body, context) => {
  const spec = specOf(body) as Partial<PluginSpec>;
  const issues: Issue[] = [];
  if (spec.source !== undefined && context.clean(["spec", "source"])) issues.push(...sourceIssues(spec.source));
  const keySets = anyEntries<KeySetSpec>(spec.keySets, ["spec", "keySets"]);
  issues.push(...repeated(keySets, ({ name }) => name, "each key set"));
  for (const [keySet, path] of entries<KeySetSpec>(spec.keySets, ["spec", "keySets"], context)) {
    issues.push(...keySetIssues(keySet, path));
  }
  issues.push(...limitIssues(spec.limits, ["spec", "limits"], context));
  return issues;
};

function sourceIssues(source: PluginSpec["source"]): Issue[] {
  const path: FieldPath = ["spec", "source"];
  if ((source.repository === undefined) === (source.file === undefined)) {
    const got = source.file === undefined ? "neither" : "both";
    return [{ path, expected: "either repository or file", got }];
  }
  if (source.unsigned === undefined || source.file !== undefined) return [];
  const expected = "no unsigned beside repository: what comes from a registry is always signed";
  return [{ path: [...path, "unsigned"], at: "key", expected, got: show(source.unsigned) }];
}

function keySetIssues(keySet: KeySetSpec, path: FieldPath): Issue[] {
  const origins = [keySet.file, keySet.url, keySet.jwks].filter((each) => each !== undefined);
  if (origins.length !== 1) return [{ path, expected: "one of file, url and jwks", got: String(origins.length) }];
  if (keySet.refresh === undefined || keySet.url !== undefined) return [];
  return [{ path: [...path, "refresh"], at: "key", expected: "refresh only beside url", got: show(keySet.refresh) }];
}
