import type { ConfigDocument } from "./document.ts";
import { createCatalogue, type Resource } from "./resolve/catalogue.ts";
import type { RefusedPlugin } from "./resolve/chains.ts";
import { resolveClusters } from "./resolve/clusters.ts";
import { deepFreeze } from "./resolve/freeze.ts";
import { resolveListeners } from "./resolve/listeners.ts";
import { resolvePlugin } from "./resolve/plugins.ts";
import { resolveTrust } from "./resolve/trust.ts";
import type { HttpRouteSpec } from "./schemas/http-route.ts";
import type { PluginSpec } from "./schemas/plugin.ts";
import type { PluginBinding, Snapshot, TrustPolicy } from "./snapshot.ts";

export interface SnapshotOptions {
  readonly generation?: number;
  /** Plugins that should be there and are not; their targets answer 500. */
  readonly refused?: readonly RefusedPlugin[];
  /** Milliseconds since the epoch, for the age of certificates. */
  readonly now?: number;
}

/** Resolves every reference and fills in every default. Pure: what it needs from files is in the documents. Deeply frozen. */
export function buildSnapshot(documents: readonly ConfigDocument[], options: SnapshotOptions = {}): Snapshot {
  const { generation = 1, refused = [], now = Date.now() } = options;
  const catalogue = createCatalogue(documents);
  const clusters = resolveClusters(catalogue);
  const plugins = new Map(catalogue.plugins.map(resolvePlugin).map((plugin) => [plugin.name, plugin]));
  const trust = resolveTrust(catalogue);
  const { listeners, warnings } = resolveListeners({ catalogue, bindings: plugins, refused }, clusters, now);
  const all = [
    ...warnings,
    ...catalogue.routes.flatMap(unusedFields),
    ...[...plugins.values()].flatMap((plugin) => unknownSigners(plugin, trust)),
    ...catalogue.plugins.flatMap((plugin) => missingTargets(plugin, catalogue)),
    ...invalidRules(listeners),
  ];
  return deepFreeze({ generation, listeners, plugins, clusters, trust, warnings: [...new Set(all)] });
}

/** Fields of the experimental channel that are accepted and have no effect. */
function unusedFields(route: Resource<HttpRouteSpec>): string[] {
  return (route.spec.rules ?? []).flatMap((rule, index) =>
    (["retry", "sessionPersistence"] as const)
      .filter((field) => rule[field] !== undefined)
      .map((field) => `${route.id}: spec.rules[${index}].${field} has no effect yet`),
  );
}

function unknownSigners({ name, signedBy }: PluginBinding, { publishers }: TrustPolicy): string[] {
  const known = new Set(publishers.map((publisher) => publisher.name));
  return signedBy
    .filter((signer) => !known.has(signer))
    .map((signer) => `Plugin ${name}: signedBy names ${signer}, whom no Trust document lists as a publisher`);
}

function missingTargets(plugin: Resource<PluginSpec>, catalogue: ReturnType<typeof createCatalogue>): string[] {
  return (plugin.spec.targetRefs ?? [])
    .filter(({ kind, name }) => {
      const pool: readonly Resource<unknown>[] = kind === "Gateway" ? catalogue.gateways : catalogue.routes;
      return !pool.some((each) => each.namespace === plugin.namespace && each.name === name);
    })
    .map(({ kind, name }) => `${plugin.id}: there is no ${kind} ${plugin.namespace}/${name} for it to target`);
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
