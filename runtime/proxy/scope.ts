import type { Listener, Snapshot } from "../config/snapshot.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import { createPlan, type Plan, type PlanSources } from "./plan.ts";
import type { Matched } from "./route/precedence.ts";
import { createRouter, type Router } from "./route/router.ts";

/** A snapshot made ready for requests. An exchange keeps the scope that it began with. */
export interface Scope {
  readonly snapshot: Snapshot;
  readonly clusters: ReadonlyMap<string, ClusterState>;
  /** @param socket `socketKey` */
  routerOf(socket: string): Router | undefined;
  planOf(matched: Matched): Plan;
}

/** Listeners with the same key share a socket and one router. Port 0, the system's choice, is shared by none. */
export function socketKey({ address, port, name }: Listener): string {
  return port === 0 ? name : `${address}:${port}`;
}

export function createScope(sources: PlanSources): Scope {
  const { snapshot, clusters } = sources;
  const groups = Map.groupBy(snapshot.listeners, socketKey);
  const routers = new Map([...groups].map(([key, listeners]) => [key, createRouter(listeners)]));
  let [last, lastRouter] = ["", routers.get("")];
  return {
    snapshot,
    clusters,
    routerOf(socket) {
      if (socket !== last) [last, lastRouter] = [socket, routers.get(socket)];
      return lastRouter;
    },
    planOf(matched) {
      matched.plan ??= createPlan(matched, sources);
      return matched.plan;
    },
  };
}
