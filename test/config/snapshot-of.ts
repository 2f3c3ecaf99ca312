import assert from "node:assert/strict";
import type { SourceFile } from "../../runtime/config/folder.ts";
import { type LoadedConfig, loadFiles } from "../../runtime/config/load.ts";
import type { Snapshot } from "../../runtime/config/snapshot.ts";

/** A configuration file that exists in memory only. */
export function source(text: string, file = "mesh.yaml"): SourceFile {
  return { file, folder: "/nowhere", content: { ok: true, text } };
}

export function load(text: string, previous?: LoadedConfig): LoadedConfig {
  return loadFiles([source(text)], previous);
}

/** The snapshot of documents that must all be accepted. */
export function snapshotOf(...texts: readonly string[]): Snapshot {
  const { snapshot, rejected } = load(texts.join("\n---\n"));
  assert.deepEqual(rejected, []);
  return snapshot;
}

/** Service and EndpointSlice of one local backend. */
export function service(name: string, { namespace = "default", port = 8080 } = {}): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ports: [{ port: ${port} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
endpoints: [{ addresses: [127.0.0.1] }]
ports: [{ port: 3000 }]`;
}

/** A Gateway whose spec.listeners are given as YAML flow. */
export function gateway(
  listeners = "[{ name: http, port: 80, protocol: HTTP }]",
  name = "gw",
  namespace = "default",
): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: ${namespace} }
spec: { gatewayClassName: heddle, listeners: ${listeners} }`;
}

export interface RouteText {
  readonly name?: string;
  readonly namespace?: string;
  readonly created?: string;
  readonly parentRefs?: string;
  readonly hostnames?: readonly string[];
  /** YAML in flow style: the list of rules. */
  readonly rules: string;
}

export function route({
  name = "r",
  namespace = "default",
  created,
  parentRefs = "[{ name: gw }]",
  hostnames,
  rules,
}: RouteText): string {
  const age = created === undefined ? "" : `, creationTimestamp: "${created}"`;
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: ${namespace}${age} }
spec:
  parentRefs: ${parentRefs}
  ${hostnames === undefined ? "" : `hostnames: ${JSON.stringify(hostnames)}`}
  rules: ${rules}`;
}
