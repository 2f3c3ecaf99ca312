/** Where something listens. */
export interface DevAddress {
  /** Of IP. */
  readonly address: string;
  readonly port: number;
}

/** What `heddle dev` configures its proxy with. */
export interface DevDocuments {
  /** Port of the listener on loopback. */
  readonly port: number;
  readonly backend: DevAddress;
  /** Backends that the filter calls, as `namespace/name:port`. */
  readonly called: readonly (DevAddress & { readonly name: string })[];
  readonly config: unknown;
}

/** Name of the Plugin document. */
export const DEV_PLUGIN = "default/dev";
/** By which the filter may call what stands behind the route. */
export const DEV_BACKEND = "default/backend:80";

/** One listener, one route with the filter, one backend: as YAML, of which JSON is a part. */
export function devDocuments({ port, backend, called, config }: DevDocuments): string {
  const documents = [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "dev" },
      spec: {
        gatewayClassName: "heddle",
        addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
        listeners: [{ name: "http", port, protocol: "HTTP" }],
      },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "dev" },
      spec: { parentRefs: [{ name: "dev" }], rules: [{ backendRefs: [{ name: "backend", port: 80 }] }] },
    },
    ...[{ name: DEV_BACKEND, ...backend }, ...called].flatMap(service),
    {
      apiVersion: "mesh.heddle/v1alpha1",
      kind: "Plugin",
      metadata: { name: "dev" },
      spec: {
        source: { file: "dev.wasm", unsigned: true },
        targetRefs: [{ kind: "HTTPRoute", name: "dev" }],
        config,
      },
    },
  ];
  return documents.map((one) => JSON.stringify(one)).join("\n---\n");
}

/** A Service of one endpoint. */
function service({ name: full, address, port }: DevDocuments["called"][number]): object[] {
  const [, namespace = "", name = "", asked = ""] = /^(.+)\/(.+):(.+)$/.exec(full) ?? [];
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { ports: [{ name: `port-${asked}`, port: Number(asked), targetPort: port }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-${asked}`, namespace, labels: { "kubernetes.io/service-name": name } },
      addressType: address.includes(":") ? "IPv6" : "IPv4",
      ports: [{ name: `port-${asked}`, port }],
      endpoints: [{ addresses: [address] }],
    },
  ];
}
