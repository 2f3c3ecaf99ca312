/** What `heddle dev` configures its proxy with. */
export interface DevDocuments {
  /** Port of the listener on loopback. */
  readonly port: number;
  readonly backend: { readonly address: string; readonly port: number };
  readonly config: unknown;
}

/** Name of the Plugin document. */
export const DEV_PLUGIN = "default/dev";

/** One listener, one route with the filter, one backend: as YAML, of which JSON is a part. */
export function devDocuments({ port, backend, config }: DevDocuments): string {
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
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "backend" },
      spec: { ports: [{ port: 80, targetPort: backend.port }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "backend-1", labels: { "kubernetes.io/service-name": "backend" } },
      addressType: backend.address.includes(":") ? "IPv6" : "IPv4",
      ports: [{ port: backend.port }],
      endpoints: [{ addresses: [backend.address] }],
    },
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
