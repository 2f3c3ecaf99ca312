import type { ConfigDocument } from "../document.ts";
import type { Kind } from "../kinds.ts";
import type { BackendTlsPolicySpec } from "../schemas/backend-tls-policy.ts";
import type { ConfigMapBody } from "../schemas/config-map.ts";
import type { GatewaySpec, ReferenceGrantSpec } from "../schemas/gateway.ts";
import type { HttpRouteSpec } from "../schemas/http-route.ts";
import type { PluginConfigSpec, PluginSpec, TrustSpec } from "../schemas/plugin.ts";
import type { SecretBody } from "../schemas/secret.ts";
import type { EndpointSliceBody, ServiceSpec } from "../schemas/service.ts";

/** A document with the type that its schema has established. */
export interface Resource<Spec> extends ConfigDocument {
  readonly spec: Spec;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; MAX_SAFE_INTEGER without a creationTimestamp. */
  readonly age: number;
}

/** Every accepted document, by kind. */
export interface Catalogue {
  readonly gateways: readonly Resource<GatewaySpec>[];
  readonly routes: readonly Resource<HttpRouteSpec>[];
  readonly services: readonly Resource<ServiceSpec>[];
  readonly endpointSlices: readonly Resource<EndpointSliceBody>[];
  readonly backendTlsPolicies: readonly Resource<BackendTlsPolicySpec>[];
  readonly configMaps: readonly Resource<ConfigMapBody>[];
  readonly secrets: readonly Resource<SecretBody>[];
  readonly grants: readonly Resource<ReferenceGrantSpec>[];
  readonly namespaces: readonly Resource<unknown>[];
  readonly plugins: readonly Resource<PluginSpec>[];
  readonly pluginConfigs: readonly Resource<PluginConfigSpec>[];
  readonly trusts: readonly Resource<TrustSpec>[];
}

export function createCatalogue(documents: readonly ConfigDocument[]): Catalogue {
  const of = <Spec>(kind: Kind, specOf = (body: ConfigDocument["body"]) => body.spec): Resource<Spec>[] =>
    documents
      .filter((document) => document.kind === kind)
      .map((document) => toResource(document, (specOf(document.body) ?? {}) as Spec));
  return {
    gateways: of("Gateway"),
    routes: of("HTTPRoute"),
    services: of("Service"),
    endpointSlices: of("EndpointSlice", (body) => body),
    backendTlsPolicies: of("BackendTLSPolicy"),
    configMaps: of("ConfigMap", (body) => body),
    secrets: of("Secret", (body) => body),
    grants: of("ReferenceGrant"),
    namespaces: of("Namespace"),
    plugins: of("Plugin"),
    pluginConfigs: of("PluginConfig"),
    trusts: of("Trust"),
  };
}

function toResource<Spec>(document: ConfigDocument, spec: Spec): Resource<Spec> {
  const metadata = document.body.metadata as { labels?: Record<string, string>; creationTimestamp?: string | null };
  const created = Date.parse(metadata.creationTimestamp ?? "");
  return {
    ...document,
    spec,
    labels: metadata.labels ?? {},
    age: Number.isNaN(created) ? Number.MAX_SAFE_INTEGER : created,
  };
}

export const qualifiedName = (resource: { namespace: string; name: string }) =>
  `${resource.namespace}/${resource.name}`;
