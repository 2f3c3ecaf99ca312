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
  const extensions = (bare.spec.filters ?? []).flatMap(({ extensionRef }) => extensionRef ?? []);
  const named = extensions.map((ref) => nameExtension(ref, place.route.namespace, sources));
  const missing = named.find(({ binding }) => binding === undefined);
  const blocking = refused.find((each) => refusedApplies(each, place));
  const invalid =
    bare.rule.invalid ??
    (missing === undefined ? undefined : `there is no ${missing.what}`) ??
    configuredTwice(named) ??
    (blocking === undefined ? undefined : `Plugin ${qualifiedName(blocking)} was refused`);
  const configured = new Set(named.flatMap(({ configures }) => configures ?? []));
  const standsAlone = ({ name }: PluginBinding) => !configured.has(name);
  const ofFilters = named.flatMap(({ binding }) => binding ?? []).filter(standsAlone);
  return { ...bare.rule, invalid, plugins: orderPlugins(attached.filter(standsAlone), ofFilters) };
}

interface NamedExtension {
  /** For a message. */
  readonly what: string;
  /** Undefined when there is none. */
  readonly binding: PluginBinding | undefined;
  /** The Plugin that does not run here under its own configuration. */
  readonly configures: string | undefined;
}

function nameExtension(
  { kind, name }: { kind: string; name: string },
  namespace: string,
  { catalogue, bindings }: ChainSources,
): NamedExtension {
  const what = `${kind} ${namespace}/${name}`;
  if (kind !== "PluginConfig") {
    return { what, binding: bindings.get(`${namespace}/${name}`), configures: undefined };
  }
  const config = catalogue.pluginConfigs.find((each) => each.namespace === namespace && each.name === name);
  if (config === undefined) return { what, binding: undefined, configures: undefined };
  const plugin = `${namespace}/${config.spec.plugin}`;
  const binding = bindings.get(`${plugin}@${name}`);
  return { what: binding === undefined ? `Plugin ${plugin}` : what, binding, configures: plugin };
}

/** Which of them would count is nobody's guess. */
function configuredTwice(named: readonly NamedExtension[]): string | undefined {
  const plugins = named.flatMap(({ configures }) => configures ?? []);
  const twice = plugins.find((name, index) => plugins.indexOf(name) !== index);
  return twice === undefined ? undefined : `two configurations of Plugin ${twice} in one rule`;
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
