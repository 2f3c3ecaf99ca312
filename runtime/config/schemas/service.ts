import { anything, integer, list, manifest, object, oneOf, port, type Schema, text } from "./fields.ts";

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
  readonly appProtocol?: string;
}

export interface ServiceSpec {
  readonly ports?: readonly ServicePort[];
}

const KUBERNETES_ONLY = [
  "selector",
  "clusterIP",
  "clusterIPs",
  "type",
  "externalIPs",
  "externalName",
  "externalTrafficPolicy",
  "healthCheckNodePort",
  "internalTrafficPolicy",
  "ipFamilies",
  "ipFamilyPolicy",
  "loadBalancerIP",
  "loadBalancerClass",
  "loadBalancerSourceRanges",
  "allocateLoadBalancerNodePorts",
  "publishNotReadyAddresses",
  "sessionAffinity",
  "sessionAffinityConfig",
  "trafficDistribution",
];

const protocol = oneOf("TCP", "UDP", "SCTP");

const servicePort = object(
  {
    name: text,
    port,
    protocol,
    targetPort: { type: ["integer", "string"] },
    appProtocol: text,
    nodePort: anything,
  },
  ["port"],
);

/** Kubernetes core/v1 `Service`. Only `ports` has a meaning here; endpoints come from EndpointSlices. */
export const serviceSchema = manifest({
  spec: object({ ports: list(servicePort), ...accepted(KUBERNETES_ONLY) }),
});

function accepted(fields: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(fields.map((field) => [field, anything]));
}

export interface EndpointSliceBody {
  readonly addressType: "IPv4" | "IPv6" | "FQDN";
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean | null };
  }[];
  readonly ports?: readonly { readonly name?: string | null; readonly port?: number; readonly protocol?: string }[];
}

const optionalFlag: Schema = { type: ["boolean", "null"] };

const endpoint = object(
  {
    addresses: list(text, { minItems: 1, maxItems: 100 }),
    conditions: object({ ready: optionalFlag, serving: optionalFlag, terminating: optionalFlag }),
    ...accepted(["hostname", "targetRef", "deprecatedTopology", "nodeName", "zone", "hints"]),
  },
  ["addresses"],
);

/** Kubernetes discovery.k8s.io/v1 `EndpointSlice`, tied to its Service by the label `kubernetes.io/service-name`. */
export const endpointSliceSchema = manifest(
  {
    addressType: oneOf("IPv4", "IPv6", "FQDN"),
    endpoints: list(endpoint, { maxItems: 1000 }),
    ports: list(object({ name: { type: ["string", "null"] }, port: integer(1, 65535), protocol, appProtocol: text })),
  },
  ["addressType", "endpoints"],
);

/** Kubernetes core/v1 `Namespace`: its labels count for `allowedRoutes.namespaces.selector`. */
export const namespaceSchema = manifest({ spec: object({ finalizers: anything }) }, []);
