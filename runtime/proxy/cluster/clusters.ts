import type { Cluster, Endpoint } from "../../config/snapshot.ts";
import type { Connect } from "../../http/outbound.ts";
import { Timer, type Wheel } from "../../telemetry/wheel.ts";
import { EndpointState } from "./endpoint.ts";

export interface ClusterState {
  readonly name: string;
  /** The ready ones. */
  readonly endpoints: readonly EndpointState[];
  readonly total: number;
  /** Whether its endpoints are reached over TLS. */
  readonly isSecure: boolean;
  /** Why nothing is sent to it. */
  readonly invalid: string | undefined;
}

/** The endpoints of all clusters; one that survives a change of configuration keeps its connections and counts. */
export interface Clusters {
  apply(clusters: ReadonlyMap<string, Cluster>): ReadonlyMap<string, ClusterState>;
  destroy(): Promise<void>;
}

/** How long the connections of a removed endpoint stay for exchanges that began before, in milliseconds. */
const RETIREMENT = 60_000;

export function createClusters({ connect, wheel }: { connect: Connect; wheel: Wheel }): Clusters {
  let known = new Map<string, EndpointState>();
  const all = new Set<EndpointState>();
  const open = (cluster: Cluster, endpoint: Endpoint): EndpointState => {
    const { protocol, tls, connectTimeout } = cluster;
    const outbound = connect({ ...endpoint, protocol, tls }, { connectTimeout });
    const state = new EndpointState(endpoint.address, endpoint.port, outbound);
    all.add(state);
    return state;
  };
  const retire = (state: EndpointState) => {
    const timer = new Timer(() => {
      all.delete(state);
      void state.outbound.close();
    });
    wheel.arm(timer, RETIREMENT);
  };
  return {
    apply(clusters) {
      const next = new Map<string, EndpointState>();
      const states = new Map<string, ClusterState>();
      for (const cluster of clusters.values()) {
        const { name, protocol, connectTimeout, tls, invalid } = cluster;
        const ready = invalid === undefined ? cluster.endpoints.filter((endpoint) => endpoint.ready) : [];
        // Whom to trust is a part of it: new connections are verified by new rules, and no session of the old ones is resumed.
        const terms = `${protocol} ${connectTimeout} ${JSON.stringify(tls) ?? ""}`;
        const endpoints = ready.map((endpoint) => {
          const key = `${name} ${endpoint.address}:${endpoint.port} ${terms}`;
          const state = next.get(key) ?? known.get(key) ?? open(cluster, endpoint);
          next.set(key, state);
          return state;
        });
        const total = cluster.endpoints.length;
        states.set(name, { name, endpoints, total, invalid, isSecure: tls !== undefined });
      }
      for (const [key, state] of known) if (!next.has(key)) retire(state);
      known = next;
      return states;
    },
    async destroy() {
      await Promise.all([...all].map((state) => state.outbound.destroy()));
      all.clear();
    },
  };
}
