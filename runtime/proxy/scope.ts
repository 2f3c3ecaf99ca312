import type { Listener, Snapshot } from "../config/snapshot.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import { createPlan, type Plan, type PlanSources } from "./plan.ts";
import type { Matched } from "./route/precedence.ts";
import { createRouter, type Router } from "./route/router.ts";

/** A snapshot made ready for requests. An exchange keeps the scope that it began with. */
export interface Scope {
  readonly snapshot: Snapshot;
  readonly clusters: ReadonlyMap<string, ClusterState>;
  /** By `socketKey`. */
  readonly routers: ReadonlyMap<string, Router>;
  planOf(matched: Matched): Plan;
}

/** Listeners with the same key share a socket and one router. Port 0, the system's choice, is shared by none. */
export function socketKey({ address, port, name }: Listener): string {
  return port === 0 ? name : `${address}:${port}`;
}

export function createScope(sources: PlanSources): Scope {
  const { snapshot, clusters } = sources;
  const groups = Map.groupBy(snapshot.listeners, socketKey);
  return {
    snapshot,
    clusters,
    routers: new Map([...groups].map(([key, listeners]) => [key, createRouter(listeners)])),
    planOf(matched) {
      matched.plan ??= createPlan(matched, sources);
      return matched.plan;
    },
  };
}
