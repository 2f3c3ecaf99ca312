import type { PluginSpec } from "../schemas/plugin.ts";
import type { Cluster } from "../snapshot.ts";
import { type Catalogue, qualifiedName, type Resource } from "./catalogue.ts";
import { isGranted } from "./grants.ts";

export interface BackendGrants {
  /** `namespace/name:port` of the backends that a plugin may call. */
  readonly backends: readonly string[];
  /** Why the others may not be called, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * The Services that a plugin may call: its own namespace's, and those of others that a ReferenceGrant lets it use. One that
 * is not there is granted all the same, so that a plugin need not be started anew when it comes.
 */
export function resolveBackendGrants(
  plugin: Resource<PluginSpec>,
  catalogue: Catalogue,
  clusters: ReadonlyMap<string, Cluster>,
): BackendGrants {
  const backends: string[] = [];
  const warnings: string[] = [];
  for (const ref of plugin.spec.backends ?? []) {
    const cluster = clusterOf(ref, plugin.namespace);
    const refusal = whyRefused(cluster, plugin, catalogue);
    const why = refusal ?? whyMissing(cluster, catalogue, clusters);
    if (refusal === undefined) backends.push(cluster);
    if (why !== undefined) warnings.push(`${plugin.id}: spec.backends: ${ref} cannot be called: ${why}`);
  }
  return { backends: [...new Set(backends)], warnings };
}

/** A reference to a Service's port as clusters are named. */
export function clusterOf(ref: string, namespace: string): string {
  return ref.includes("/") ? ref : `${namespace}/${ref}`;
}

function whyRefused(cluster: string, plugin: Resource<PluginSpec>, { grants }: Catalogue): string | undefined {
  const [namespace = "", rest = ""] = cluster.split("/");
  const name = rest.slice(0, rest.lastIndexOf(":"));
  const from = { group: "mesh.heddle", kind: "Plugin", namespace: plugin.namespace };
  if (isGranted(grants, { from, to: { group: "", kind: "Service", namespace, name } })) return undefined;
  return `no ReferenceGrant in ${namespace} lets Plugins of ${plugin.namespace} use Service ${name}`;
}

function whyMissing(
  cluster: string,
  { services }: Catalogue,
  clusters: ReadonlyMap<string, Cluster>,
): string | undefined {
  if (clusters.has(cluster)) return undefined;
  const at = cluster.lastIndexOf(":");
  const service = cluster.slice(0, at);
  const known = services.some((each) => qualifiedName(each) === service);
  return known ? `Service ${service} has no TCP port ${cluster.slice(at + 1)}` : `there is no Service ${service}`;
}
