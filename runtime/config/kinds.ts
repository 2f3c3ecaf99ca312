import { checkBackendTlsPolicy } from "./checks/backend-tls-policy.ts";
import { checkConfigMap } from "./checks/config-map.ts";
import { checkGateway } from "./checks/gateway.ts";
import { checkHttpRoute } from "./checks/http-route.ts";
import { checkPlugin } from "./checks/plugin.ts";
import { checkSecret, withoutSecrets } from "./checks/secret.ts";
import { checkTrust } from "./checks/trust.ts";
import type { Check } from "./checks/walk.ts";
import type { Issue } from "./issue.ts";
import { compileSchema } from "./schema-issues.ts";
import { backendTlsPolicySchema } from "./schemas/backend-tls-policy.ts";
import { configMapSchema } from "./schemas/config-map.ts";
import { gatewayClassSchema, gatewaySchema, referenceGrantSchema } from "./schemas/gateway.ts";
import { httpRouteSchema } from "./schemas/http-route.ts";
import { pluginConfigSchema, pluginSchema, trustSchema } from "./schemas/plugin.ts";
import { secretSchema } from "./schemas/secret.ts";
import { endpointSliceSchema, namespaceSchema, serviceSchema } from "./schemas/service.ts";

export type Kind =
  | "Gateway"
  | "GatewayClass"
  | "HTTPRoute"
  | "ReferenceGrant"
  | "BackendTLSPolicy"
  | "Service"
  | "EndpointSlice"
  | "Namespace"
  | "Secret"
  | "ConfigMap"
  | "Plugin"
  | "PluginConfig"
  | "Trust";

export interface KindRule {
  readonly kind: Kind;
  readonly apiVersions: readonly string[];
  /** Whether documents of this kind live in a namespace. */
  readonly namespaced: boolean;
  readonly schemaIssues: (value: unknown) => Issue[];
  readonly check: Check;
}

const GATEWAY_API = ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"];
/** The last experimental version has the same fields. */
const BACKEND_TLS_API = ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha3"];
const OURS = ["mesh.heddle/v1alpha1"];
const nothingMore: Check = () => [];

const RULES: readonly KindRule[] = [
  rule("Gateway", GATEWAY_API, compileSchema(gatewaySchema), checkGateway),
  rule("HTTPRoute", GATEWAY_API, compileSchema(httpRouteSchema), checkHttpRoute),
  rule("ReferenceGrant", GATEWAY_API, compileSchema(referenceGrantSchema)),
  { ...rule("GatewayClass", GATEWAY_API, compileSchema(gatewayClassSchema)), namespaced: false },
  rule("BackendTLSPolicy", BACKEND_TLS_API, compileSchema(backendTlsPolicySchema), checkBackendTlsPolicy),
  rule("Service", ["v1"], compileSchema(serviceSchema)),
  rule("Secret", ["v1"], withoutSecrets(compileSchema(secretSchema)), checkSecret),
  rule("ConfigMap", ["v1"], compileSchema(configMapSchema), checkConfigMap),
  rule("EndpointSlice", ["discovery.k8s.io/v1"], compileSchema(endpointSliceSchema)),
  { ...rule("Namespace", ["v1"], compileSchema(namespaceSchema)), namespaced: false },
  rule("Plugin", OURS, compileSchema(pluginSchema), checkPlugin),
  rule("PluginConfig", OURS, compileSchema(pluginConfigSchema)),
  rule("Trust", OURS, compileSchema(trustSchema), checkTrust),
];

function rule(
  kind: Kind,
  apiVersions: readonly string[],
  schemaIssues: KindRule["schemaIssues"],
  check = nothingMore,
): KindRule {
  return { kind, apiVersions, namespaced: true, schemaIssues, check };
}

/** How documents of an apiVersion and kind are read; undefined for kinds that Heddle does not know. */
export function kindRule(apiVersion: unknown, kind: unknown): KindRule | undefined {
  return RULES.find((each) => each.kind === kind && each.apiVersions.includes(String(apiVersion)));
}

/** The kind that a document means to be, also in a version that Heddle does not know: the same kind of the same API group. */
export function meantKind(apiVersion: unknown, kind: unknown): KindRule | undefined {
  const group = groupOf(String(apiVersion));
  return RULES.find((each) => each.kind === kind && each.apiVersions.some((known) => groupOf(known) === group));
}

function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.lastIndexOf("/")));
}

/** `Gateway (gateway.networking.k8s.io/v1), …`, for error messages. */
export const KNOWN_KINDS = RULES.map(({ kind, apiVersions }) => `${kind} (${apiVersions[0]})`).join(", ");
