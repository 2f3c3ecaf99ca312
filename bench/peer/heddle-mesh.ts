import { createHash, generateKeyPairSync } from "node:crypto";
import { API_KEY } from "../request.ts";
import { CERTIFIED_HOST } from "./certificate.ts";

/** What "+3" stands for. */
export const POLICIES = ["api-key", "rate-limit", "canary"] as const;

/** A plugin that the bench can mount. */
export type Plugin = (typeof POLICIES)[number] | "headers" | "jwt-auth" | "passing";

/** All that plugins/ has. */
export const FIVE: readonly Plugin[] = [...POLICIES, "headers", "jwt-auth"];

export interface MeshOptions {
  readonly port: number;
  readonly upstream: number;
  readonly plugins: readonly Plugin[];
  /** Makes the listener an HTTPS one. */
  readonly pem?: { readonly chain: Buffer; readonly key: Buffer } | undefined;
  /** PEM: the upstream speaks TLS, and this is whom to trust. */
  readonly authority?: string | undefined;
}

const SERVICES = ["stable", "candidate"] as const;

const GATEWAY = "gateway.networking.k8s.io/v1";

interface Setting {
  /** From the root of the repository. */
  readonly folder: string;
  readonly phase: string;
  readonly config: object;
  readonly keySets?: readonly object[];
}

function publicKey(): object {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
}

/** Settings under which every request of the bench passes, having gone the policy's whole way. */
export const SETTINGS: Readonly<Record<Plugin, Setting>> = {
  "api-key": {
    folder: "plugins/api-key",
    phase: "authn",
    config: { keys: [{ consumer: "bench", sha256: createHash("sha256").update(API_KEY).digest("hex") }] },
  },
  "rate-limit": {
    folder: "plugins/rate-limit",
    phase: "traffic",
    config: { limit: 1_000_000_000, periodSeconds: 1, key: [{ attribute: "auth.subject" }] },
  },
  canary: {
    folder: "plugins/canary",
    phase: "traffic",
    config: {
      split: [
        { name: "stable", backend: "default/stable:80", weight: 90 },
        { name: "candidate", backend: "default/candidate:80", weight: 10 },
      ],
      key: { attribute: "auth.subject" },
    },
  },
  headers: {
    folder: "plugins/headers",
    phase: "observe",
    config: { request: { set: [{ name: "x-mesh", value: "bench" }], remove: ["x-debug"] } },
  },
  "jwt-auth": {
    folder: "plugins/jwt-auth",
    phase: "authn",
    config: { keySet: "bench", issuer: "https://bench.example", audiences: ["bench"], optional: true },
    keySets: [{ name: "bench", jwks: { keys: [{ ...publicKey(), kid: "bench", alg: "ES256", use: "sig" }] } }],
  },
  passing: { folder: "test/guests/passing", phase: "traffic", config: {} },
};

/** One route to two services, which are the same upstream, with file plugins beside the documents. */
export function meshDocuments({ port, upstream, plugins, pem, authority }: MeshOptions): object[] {
  const tls = { mode: "Terminate", certificateRefs: [{ name: "bench" }] };
  const listeners = [{ name: "bench", port, protocol: pem ? "HTTPS" : "HTTP", ...(pem && { tls }) }];
  const addresses = [{ type: "IPAddress", value: "127.0.0.1" }];
  const rules = [{ backendRefs: SERVICES.map((name) => ({ name, port: 80 })) }];
  return [
    document(GATEWAY, "Gateway", "bench", { gatewayClassName: "heddle", addresses, listeners }),
    document(GATEWAY, "HTTPRoute", "bench", { parentRefs: [{ name: "bench" }], rules }),
    ...SERVICES.flatMap((name) => service(name, upstream)),
    ...plugins.map(plugin),
    ...(pem === undefined ? [] : [secret(pem)]),
    ...(authority === undefined ? [] : backendTls(authority)),
  ];
}

function document(apiVersion: string, kind: string, name: string, spec: object): object {
  return { apiVersion, kind, metadata: { name }, spec };
}

function secret({ chain, key }: { chain: Buffer; key: Buffer }): object {
  const data = { "tls.crt": chain.toString("base64"), "tls.key": key.toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "bench" }, type: "kubernetes.io/tls", data };
}

function backendTls(authority: string): object[] {
  const targetRefs = SERVICES.map((name) => ({ group: "", kind: "Service", name }));
  const caCertificateRefs = [{ group: "", kind: "ConfigMap", name: "bench" }];
  const validation = { hostname: CERTIFIED_HOST, caCertificateRefs };
  return [
    document(GATEWAY, "BackendTLSPolicy", "bench", { targetRefs, validation }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "bench" }, data: { "ca.crt": authority } },
  ];
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

function plugin(name: Plugin): object {
  const { phase, config, keySets } = SETTINGS[name];
  return document("mesh.heddle/v1alpha1", "Plugin", name, {
    source: { file: `${name}.wasm`, unsigned: true },
    targetRefs: [{ kind: "HTTPRoute", name: "bench" }],
    ...{ phase, config, keySets },
  });
}
