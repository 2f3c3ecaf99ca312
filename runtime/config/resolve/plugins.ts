import { resolve } from "node:path";
import { parseDuration } from "../duration.ts";
import type { KeySetSpec, PluginConfigSpec, PluginSpec, PluginTargetRef, ProxyWasmSpec } from "../schemas/plugin.ts";
import type { KeySetSource, Phase, PluginBinding, PluginSource, ProxyWasmBinding } from "../snapshot.ts";
import { clusterOf } from "./backend-grants.ts";
import { qualifiedName, type Resource } from "./catalogue.ts";
import { resolveLimits } from "./limits.ts";

const REFRESH_SECONDS = 300;
const PHASES: readonly Phase[] = ["authn", "authz", "traffic", "observe"];

/** A Plugin document with its defaults; relative paths made absolute. @param backends that it may call */
export function resolvePlugin(plugin: Resource<PluginSpec>, backends: readonly string[]): PluginBinding {
  const { spec, folder } = plugin;
  return {
    name: qualifiedName(plugin),
    source: resolveSource(spec.source, folder),
    phase: spec.phase ?? "traffic",
    priority: spec.priority ?? 0,
    failurePolicy: spec.failurePolicy ?? "closed",
    capabilities: spec.capabilities,
    signedBy: spec.signedBy ?? [],
    config: JSON.stringify(spec.config ?? {}),
    keySets: new Map((spec.keySets ?? []).map((each) => [each.name, resolveKeySet(each, folder)])),
    mode: spec.mode ?? "enforce",
    sensitiveHeaders: spec.sensitiveHeaders,
    backends,
    limits: resolveLimits(spec.limits),
    logLevel: spec.logLevel,
    proxyWasm: spec.proxyWasm && resolveProxyWasm(spec.proxyWasm, plugin.namespace),
  };
}

/** Each PluginConfig makes of its Plugin a binding of its own, which differs in its name and configuration only. */
export function configuredPlugin(plugin: PluginBinding, { name, spec }: Resource<PluginConfigSpec>): PluginBinding {
  return { ...plugin, name: `${plugin.name}@${name}`, config: JSON.stringify(spec.config ?? {}) };
}

function resolveProxyWasm(spec: ProxyWasmSpec, namespace: string): ProxyWasmBinding {
  const { type = "http", pluginRootId = "", vmId = "", vmConfig = "", environment = {} } = spec;
  const clusters = Object.entries(spec.clusters ?? {}).map(([name, ref]) => [name, clusterOf(ref, namespace)]);
  return {
    ...{ type, pluginRootId, vmId, environment },
    allowOnHeadersStopIteration: spec.allowOnHeadersStopIteration ?? false,
    vmConfig: typeof vmConfig === "string" ? vmConfig : JSON.stringify(vmConfig),
    clusters: Object.fromEntries(clusters),
  };
}

function resolveSource(source: PluginSpec["source"], folder: string): PluginSource {
  const { repository, digest, file, unsigned = false } = source;
  if (file !== undefined) return { kind: "file", path: resolve(folder, file), digest, unsigned };
  const named = repository as string;
  return digest === undefined ? { kind: "desired", repository: named } : { kind: "digest", repository: named, digest };
}

function resolveKeySet(spec: KeySetSpec, folder: string): KeySetSource {
  if (spec.file !== undefined) return { kind: "file", path: resolve(folder, spec.file) };
  if (spec.url !== undefined) {
    const refresh = parseDuration(spec.refresh ?? "");
    return {
      kind: "url",
      url: spec.url,
      refreshSeconds: refresh === undefined ? REFRESH_SECONDS : Math.max(1, refresh / 1000),
    };
  }
  return { kind: "inline", jwks: typeof spec.jwks === "string" ? spec.jwks : JSON.stringify(spec.jwks) };
}

/** Where a rule stands, as targetRefs of plugins see it. */
export interface RulePlace {
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly listener: string;
  readonly route: { readonly namespace: string; readonly name: string };
  /** The rule's name, if it has one. */
  readonly section: string | undefined;
}

/** Whether a plugin of this namespace with these targetRefs applies to a rule. References never leave the namespace. */
export function targets(namespace: string, refs: readonly Partial<PluginTargetRef>[], place: RulePlace): boolean {
  return refs.some((ref) => {
    const owner = ref.kind === "Gateway" ? place.gateway : place.route;
    const section = ref.kind === "Gateway" ? place.listener : place.section;
    const named = owner.namespace === namespace && owner.name === ref.name;
    return named && (ref.sectionName === undefined || ref.sectionName === section);
  });
}

/**
 * The chain of one rule: phase, then priority (higher first), then plugins attached by targetRefs in the order of their
 * names before those that filters name, in list order. A plugin attached twice runs once.
 */
export function orderPlugins(attached: readonly PluginBinding[], named: readonly PluginBinding[]): string[] {
  const byName = attached.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const all = [...new Set([...byName, ...named])];
  const ordered = all.toSorted((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || b.priority - a.priority);
  return ordered.map(({ name }) => name);
}
