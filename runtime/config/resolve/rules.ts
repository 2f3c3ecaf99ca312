import { parseDuration } from "../duration.ts";
import type { BackendRefSpec, HttpRouteSpec, MatchSpec, RuleSpec, ValueMatchSpec } from "../schemas/http-route.ts";
import type { Cluster, RouteMatch, RouteRule, ValueMatch, WeightedBackend } from "../snapshot.ts";
import { type Catalogue, qualifiedName, type Resource } from "./catalogue.ts";
import { resolveFilters } from "./filters.ts";
import { isGranted } from "./grants.ts";

const REQUEST_TIMEOUT = 15_000;
const GATEWAY_GROUP = "gateway.networking.k8s.io";

/** A rule before plugins are attached: these depend on the listener as well. */
export interface BareRule {
  readonly spec: RuleSpec;
  /** The rule's name in the document, if it has one. */
  readonly section: string | undefined;
  readonly rule: Omit<RouteRule, "plugins">;
}

export function resolveRules(
  route: Resource<HttpRouteSpec>,
  catalogue: Catalogue,
  clusters: ReadonlyMap<string, Cluster>,
): BareRule[] {
  return (route.spec.rules ?? [{}]).map((spec, index) => {
    const { filters, invalid } = resolveFilters(spec.filters ?? []);
    const rule = {
      name: `${qualifiedName(route)}/${spec.name ?? index}`,
      matches: (spec.matches?.length ? spec.matches : [{}]).map(resolveMatch),
      filters,
      invalid,
      backends: (spec.backendRefs ?? []).map((ref) => resolveBackend(ref, route, catalogue, clusters)),
      requestTimeout: parseDuration(spec.timeouts?.request ?? "") ?? REQUEST_TIMEOUT,
      backendTimeout: parseDuration(spec.timeouts?.backendRequest ?? "") ?? 0,
    };
    return { spec, section: spec.name, rule };
  });
}

function resolveMatch(spec: MatchSpec): RouteMatch {
  const { type = "PathPrefix", value = "/" } = spec.path ?? {};
  return {
    path: { type, value },
    method: spec.method,
    headers: (spec.headers ?? []).map(resolveValue),
    queryParams: (spec.queryParams ?? []).map(resolveValue),
  };
}

function resolveValue({ type = "Exact", name, value }: ValueMatchSpec): ValueMatch {
  return { type, name, value };
}

function resolveBackend(
  ref: BackendRefSpec,
  route: Resource<HttpRouteSpec>,
  catalogue: Catalogue,
  clusters: ReadonlyMap<string, Cluster>,
): WeightedBackend {
  const { filters, invalid } = resolveFilters(ref.filters ?? []);
  const extension = ref.filters?.some(({ type }) => type === "ExtensionRef");
  const cluster = `${ref.namespace ?? route.namespace}/${ref.name}:${ref.port ?? 0}`;
  const why =
    whyInvalid(ref, cluster, route, catalogue, clusters) ??
    invalid ??
    (extension ? "a plugin cannot be attached to a single backend" : undefined);
  return { cluster, weight: ref.weight ?? 1, filters, invalid: why };
}

/** The reasons of Gateway API v1: InvalidKind, RefNotPermitted, BackendNotFound. */
function whyInvalid(
  ref: BackendRefSpec,
  cluster: string,
  route: Resource<HttpRouteSpec>,
  catalogue: Catalogue,
  clusters: ReadonlyMap<string, Cluster>,
): string | undefined {
  const { group = "", kind = "Service", namespace = route.namespace, name } = ref;
  if (group !== "" || kind !== "Service")
    return `InvalidKind: ${group === "" ? kind : `${group}/${kind}`} is not a Service`;
  const from = { group: GATEWAY_GROUP, kind: "HTTPRoute", namespace: route.namespace };
  if (!isGranted(catalogue.grants, { from, to: { group, kind, namespace, name } })) {
    return `RefNotPermitted: no ReferenceGrant in ${namespace} lets HTTPRoutes of ${route.namespace} use Service ${name}`;
  }
  if (clusters.has(cluster)) return undefined;
  const known = catalogue.services.some((service) => service.namespace === namespace && service.name === name);
  const missing = known
    ? `Service ${namespace}/${name} has no TCP port ${ref.port}`
    : `there is no Service ${namespace}/${name}`;
  return `BackendNotFound: ${missing}`;
}
