import type { PluginBinding, RouteRule } from "../snapshot.ts";
import type { Catalogue } from "./catalogue.ts";
import { qualifiedName } from "./catalogue.ts";
import { orderPlugins, type RulePlace, targets } from "./plugins.ts";
import type { BareRule } from "./rules.ts";

/** A Plugin document that was refused and has no last good version: the policy it stands for is missing. */
export interface RefusedPlugin {
  readonly namespace: string;
  readonly name: string;
  /** Whatever stands in its spec.targetRefs. */
  readonly targetRefs: unknown;
}

export interface ChainSources {
  readonly catalogue: Catalogue;
  readonly bindings: ReadonlyMap<string, PluginBinding>;
  readonly refused: readonly RefusedPlugin[];
}

/** Gives a rule its plugins. A rule whose policy is missing answers 500: it must not run without. */
export function attachPlugins(bare: BareRule, place: RulePlace, sources: ChainSources): RouteRule {
  const { catalogue, bindings, refused } = sources;
  const attached = catalogue.plugins
    .filter(({ namespace, spec }) => targets(namespace, spec.targetRefs ?? [], place))
    .flatMap((plugin) => bindings.get(qualifiedName(plugin)) ?? []);
  const names = (bare.spec.filters ?? []).flatMap(({ extensionRef }) =>
    extensionRef === undefined ? [] : [`${place.route.namespace}/${extensionRef.name}`],
  );
  const missing = names.find((name) => !bindings.has(name));
  const blocking = refused.find((each) => refusedApplies(each, place));
  const invalid =
    bare.rule.invalid ??
    (missing === undefined ? undefined : `there is no Plugin ${missing}`) ??
    (blocking === undefined ? undefined : `Plugin ${qualifiedName(blocking)} was refused`);
  const named = names.flatMap((name) => bindings.get(name) ?? []);
  return { ...bare.rule, invalid, plugins: orderPlugins(attached, named) };
}

/** Target references that cannot be read might have meant any route of the namespace, so they count for all of them. */
function refusedApplies({ namespace, targetRefs }: RefusedPlugin, place: RulePlace): boolean {
  if (targetRefs === undefined) return false;
  const readable = Array.isArray(targetRefs) && targetRefs.every(isReadable);
  if (readable) return targets(namespace, targetRefs, place);
  return namespace === place.route.namespace || namespace === place.gateway.namespace;
}

function isReadable(ref: unknown): boolean {
  if (typeof ref !== "object" || ref === null) return false;
  const { kind, name, sectionName } = ref as Record<string, unknown>;
  const section = sectionName === undefined || typeof sectionName === "string";
  return (kind === "Gateway" || kind === "HTTPRoute") && typeof name === "string" && section;
}
