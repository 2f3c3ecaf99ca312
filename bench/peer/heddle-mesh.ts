import { createHash } from "node:crypto";
import { API_KEY } from "../request.ts";

/** What "+3" stands for. */
export const POLICIES = ["api-key", "rate-limit", "canary"] as const;

export type Policy = (typeof POLICIES)[number];

export interface MeshOptions {
  readonly port: number;
  readonly upstream: number;
  readonly policies: readonly Policy[];
}

const GATEWAY = "gateway.networking.k8s.io/v1";

/** Settings under which every request of the bench passes, having gone the policy's whole way. */
const SETTINGS: Readonly<Record<Policy, { phase: string; config: object }>> = {
  "api-key": {
    phase: "authn",
    config: { keys: [{ consumer: "bench", sha256: createHash("sha256").update(API_KEY).digest("hex") }] },
  },
  "rate-limit": {
    phase: "traffic",
    config: { limit: 1_000_000_000, periodSeconds: 1, key: [{ attribute: "auth.subject" }] },
  },
  canary: {
    phase: "traffic",
    config: {
      split: [
        { name: "stable", backend: "default/stable:80", weight: 90 },
        { name: "candidate", backend: "default/candidate:80", weight: 10 },
      ],
      key: { attribute: "auth.subject" },
    },
  },
};

/** One route to two services, which are the same upstream, with file plugins beside the documents. */
export function meshDocuments({ port, upstream, policies }: MeshOptions): object[] {
  const listeners = [{ name: "http", port, protocol: "HTTP" }];
  const addresses = [{ type: "IPAddress", value: "127.0.0.1" }];
  const rules = [{ backendRefs: ["stable", "candidate"].map((name) => ({ name, port: 80 })) }];
  return [
    document(GATEWAY, "Gateway", "bench", { gatewayClassName: "heddle", addresses, listeners }),
    document(GATEWAY, "HTTPRoute", "bench", { parentRefs: [{ name: "bench" }], rules }),
    ...["stable", "candidate"].flatMap((name) => service(name, upstream)),
    ...policies.map(plugin),
  ];
}

function document(apiVersion: string, kind: string, name: string, spec: object): object {
  return { apiVersion, kind, metadata: { name }, spec };
}

function service(name: string, upstream: number): object[] {
  return [
    document("v1", "Service", name, { ports: [{ name: "http", port: 80, targetPort: upstream }] }),
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ name: "http", port: upstream }],
      endpoints: [{ addresses: ["127.0.0.1"] }],
    },
  ];
}

function plugin(policy: Policy): object {
  return document("mesh.heddle/v1alpha1", "Plugin", policy, {
    source: { file: `${policy}.wasm`, unsigned: true },
    targetRefs: [{ kind: "HTTPRoute", name: "bench" }],
    ...SETTINGS[policy],
  });
}
