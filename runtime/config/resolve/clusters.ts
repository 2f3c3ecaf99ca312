import type { EndpointSliceBody, ServicePort, ServiceSpec } from "../schemas/service.ts";
import type { Cluster, Endpoint } from "../snapshot.ts";
import type { BackendTlsPolicies } from "./backend-tls.ts";
import { type Catalogue, qualifiedName, type Resource } from "./catalogue.ts";

const SERVICE_LABEL = "kubernetes.io/service-name";
const CONNECT_TIMEOUT = 5000;
/** The Kubernetes standard name for HTTP/2 over clear text (KEP-3726), which Gateway API implementations honour. */
const H2C = "kubernetes.io/h2c";
/** HTTP/2 over TLS by the name that ALPN has for it (RFC 9113 3.2). */
const H2 = "h2";
/** Names of protocols that are never spoken in clear text. */
const SECURE: ReadonlySet<string> = new Set([H2, "https", "kubernetes.io/wss"]);

/** One cluster per TCP port of each Service, with the endpoints of its EndpointSlices. */
export function resolveClusters(catalogue: Catalogue, policies: BackendTlsPolicies): Map<string, Cluster> {
  const clusters = new Map<string, Cluster>();
  for (const service of catalogue.services) {
    const slices = catalogue.endpointSlices.filter(
      (slice) => slice.namespace === service.namespace && slice.labels[SERVICE_LABEL] === service.name,
    );
    for (const port of tcpPorts(service)) {
      const name = `${qualifiedName(service)}:${port.port}`;
      const endpoints = slices.flatMap((slice) => endpointsOf(slice.spec, port));
      const { tls, invalid } = policies.choose(service, port.name) ?? { invalid: whyInsecure(port) };
      clusters.set(name, {
        ...{ name, tls, invalid, connectTimeout: CONNECT_TIMEOUT },
        endpoints: withoutRepeats(endpoints),
        protocol: port.appProtocol === H2C || port.appProtocol === H2 ? "h2c" : "http1",
      });
    }
  }
  return clusters;
}

function whyInsecure({ appProtocol }: ServicePort): string | undefined {
  if (appProtocol === undefined || !SECURE.has(appProtocol)) return undefined;
  return `its port says appProtocol ${appProtocol}, and no BackendTLSPolicy says whom to trust`;
}

function tcpPorts(service: Resource<ServiceSpec>): readonly ServicePort[] {
  return (service.spec.ports ?? []).filter(({ protocol }) => (protocol ?? "TCP") === "TCP");
}

/** A slice's port belongs to the Service port of the same name; its number is already the target's. */
function endpointsOf(slice: EndpointSliceBody, servicePort: ServicePort): Endpoint[] {
  const own = (slice.ports ?? []).find(({ name }) => (name ?? "") === (servicePort.name ?? ""));
  const target = servicePort.targetPort ?? servicePort.port;
  const port = own?.port ?? (own === undefined || typeof target === "string" ? undefined : target);
  if (port === undefined) return [];
  return slice.endpoints.flatMap(({ addresses, conditions }) =>
    addresses.map((address) => ({ address, port, ready: conditions?.ready ?? true })),
  );
}

/** An endpoint may stand in two slices while one replaces the other; it is ready if either says so. */
function withoutRepeats(endpoints: readonly Endpoint[]): Endpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = `${endpoint.address} ${endpoint.port}`;
    const known = byAddress.get(key);
    byAddress.set(key, { ...endpoint, ready: endpoint.ready || known?.ready === true });
  }
  return [...byAddress.values()];
}
