import type { ConfigDocument } from "./document.ts";
import { resolveBackendGrants } from "./resolve/backend-grants.ts";
import { type RefusedTlsPolicy, resolveBackendTls } from "./resolve/backend-tls.ts";
import { type Catalogue, createCatalogue, qualifiedName, type Resource } from "./resolve/catalogue.ts";
import type { RefusedPlugin } from "./resolve/chains.ts";
import { resolveClusters } from "./resolve/clusters.ts";
import { deepFreeze } from "./resolve/freeze.ts";
import { resolveListeners } from "./resolve/listeners.ts";
import { configuredPlugin, resolvePlugin } from "./resolve/plugins.ts";
import { resolveTrust } from "./resolve/trust.ts";
import type { GatewaySpec } from "./schemas/gateway.ts";
import type { HttpRouteSpec } from "./schemas/http-route.ts";
import type { PluginSpec } from "./schemas/plugin.ts";
import type { PluginBinding, Snapshot, TrustPolicy } from "./snapshot.ts";

export interface SnapshotOptions {
  readonly generation?: number;
  /** Plugins that should be there and are not; their targets answer 500. */
  readonly refused?: readonly RefusedPlugin[];
  /** BackendTLSPolicies that should be there and are not; what they target answers 503. */
  readonly refusedTls?: readonly RefusedTlsPolicy[];
  /** Milliseconds since the epoch, for the age of certificates. */
  readonly now?: number;
}

/** Resolves every reference and fills in every default. Pure: what it needs from files is in the documents. Deeply frozen. */
export function buildSnapshot(documents: readonly ConfigDocument[], options: SnapshotOptions = {}): Snapshot {
  const { generation = 1, refused = [], refusedTls = [], now = Date.now() } = options;
  const catalogue = createCatalogue(documents);
  const backendTls = resolveBackendTls(catalogue, refusedTls);
  const clusters = resolveClusters(catalogue, backendTls);
  const { plugins, warnings: denied } = resolvePlugins(catalogue, clusters);
  const trust = resolveTrust(catalogue);
  const { listeners, warnings } = resolveListeners({ catalogue, bindings: plugins, refused }, clusters, now);
  const all = [
    ...warnings,
    ...denied,
    ...backendTls.warnings,
    ...catalogue.gateways.flatMap(unusedBackendTls),
    ...insecureClusters(clusters),
    ...catalogue.routes.flatMap(unusedFields),
    ...catalogue.plugins.flatMap((plugin) => unknownSigners(plugin, trust)),
    ...catalogue.plugins.flatMap((plugin) => missingTargets(plugin, catalogue)),
    ...invalidRules(listeners),
  ];
  return deepFreeze({ generation, listeners, plugins, clusters, trust, warnings: [...new Set(all)] });
}

interface ResolvedPlugins {
  readonly plugins: Map<string, PluginBinding>;
  readonly warnings: readonly string[];
}

/** Every Plugin document, and again for every PluginConfig of it. */
function resolvePlugins(catalogue: Catalogue, clusters: Snapshot["clusters"]): ResolvedPlugins {
  const plugins = new Map<string, PluginBinding>();
  const warnings: string[] = [];
  for (const document of catalogue.plugins) {
    const granted = resolveBackendGrants(document, catalogue, clusters);
    warnings.push(...granted.warnings);
    plugins.set(qualifiedName(document), resolvePlugin(document, granted.backends));
  }
  for (const config of catalogue.pluginConfigs) {
    const name = `${config.namespace}/${config.spec.plugin}`;
    const plugin = plugins.get(name);
    if (plugin === undefined) warnings.push(`${config.id}: there is no Plugin ${name} for it to configure`);
    else plugins.set(`${name}@${config.name}`, configuredPlugin(plugin, config));
  }
  return { plugins, warnings };
}

/** Fields of the experimental channel that are accepted and have no effect. */
function unusedFields(route: Resource<HttpRouteSpec>): string[] {
  return (route.spec.rules ?? []).flatMap((rule, index) =>
    (["retry", "sessionPersistence"] as const)
      .filter((field) => rule[field] !== undefined)
      .map((field) => `${route.id}: spec.rules[${index}].${field} has no effect yet`),
  );
}

function unknownSigners({ id, spec }: Resource<PluginSpec>, { publishers }: TrustPolicy): string[] {
  const known = new Set(publishers.map((publisher) => publisher.name));
  return (spec.signedBy ?? [])
    .filter((signer) => !known.has(signer))
    .map((signer) => `${id}: signedBy names ${signer}, whom no Trust document lists as a publisher`);
}

function missingTargets(plugin: Resource<PluginSpec>, catalogue: Catalogue): string[] {
  return (plugin.spec.targetRefs ?? [])
    .filter(({ kind, name }) => {
      const pool: readonly Resource<unknown>[] = kind === "Gateway" ? catalogue.gateways : catalogue.routes;
      return !pool.some((each) => each.namespace === plugin.namespace && each.name === name);
    })
    .map(({ kind, name }) => `${plugin.id}: there is no ${kind} ${plugin.namespace}/${name} for it to target`);
}

/** A backend that asks for a certificate refuses the connection, so that leaving it out lets nobody in. */
function unusedBackendTls({ id, spec }: Resource<GatewaySpec>): string[] {
  return spec.tls?.backend === undefined
    ? []
    : [`${id}: spec.tls.backend has no effect yet: backends are shown no certificate`];
}

function insecureClusters(clusters: Snapshot["clusters"]): string[] {
  return [...clusters.values()].flatMap(({ name, invalid }) =>
    invalid === undefined ? [] : [`backend ${name} answers 503: ${invalid}`],
  );
}

function invalidRules(listeners: Snapshot["listeners"]): string[] {
  const rules = listeners.flatMap(({ routes }) => routes.flatMap((route) => route.rules));
  return rules.flatMap(({ name, invalid, backends }) => [
    ...(invalid === undefined ? [] : [`rule ${name} answers 500: ${invalid}`]),
    ...backends.flatMap((backend) =>
      backend.invalid === undefined
        ? []
        : [`rule ${name}: its share of ${backend.cluster} answers 500: ${backend.invalid}`],
    ),
  ]);
}
