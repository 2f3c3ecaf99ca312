import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A loopback port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Gateway and HTTPRoute `shop` on a loopback port, and the Service `app` behind it, with an endpoint if one is given. */
export function shopDocuments({ port, backend }: { port: number; backend?: number }): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: shop }
spec:
  gatewayClassName: heddle
  addresses: [{ type: IPAddress, value: 127.0.0.1 }]
  listeners: [{ name: http, port: ${port}, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: shop }]
  rules: [{ backendRefs: [{ name: app, port: 80 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: app }
spec: { ports: [{ port: 80, targetPort: ${backend ?? 80} }] }
---
${backend === undefined ? "" : endpoint(backend)}`;
}

const endpoint = (port: number) => `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: app-1, labels: { kubernetes.io/service-name: app } }
addressType: IPv4
ports: [{ port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
---
`;
