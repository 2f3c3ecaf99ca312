import type { Listener, RouteRule, Snapshot } from "../config/snapshot.ts";
import { ChainPlan, type Slots } from "./chain-plan.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import { createRouter, type Router } from "./route/router.ts";

/** A snapshot made ready for requests. An exchange keeps the scope that it began with. */
export interface Scope {
  readonly snapshot: Snapshot;
  readonly clusters: ReadonlyMap<string, ClusterState>;
  /** By `socketKey`. */
  readonly routers: ReadonlyMap<string, Router>;
  planOf(rule: RouteRule): Plan;
}

/** What a rule needs on every request, looked up once. */
export interface Plan {
  readonly backends: readonly string[];
  /** Undefined when the rule has no filters. */
  readonly chain: ChainPlan | undefined;
  /** A plugin that the snapshot does not know: the rule must not run without it. */
  readonly missing: string | undefined;
}

/** Listeners with the same key share a socket and one router. Port 0, the system's choice, is shared by none. */
export function socketKey({ address, port, name }: Listener): string {
  return port === 0 ? name : `${address}:${port}`;
}

export function createScope(snapshot: Snapshot, clusters: ReadonlyMap<string, ClusterState>, slots: Slots): Scope {
  const plans = new Map<RouteRule, Plan>();
  const groups = Map.groupBy(snapshot.listeners, socketKey);
  return {
    snapshot,
    clusters,
    routers: new Map([...groups].map(([key, listeners]) => [key, createRouter(listeners)])),
    planOf(rule) {
      const known = plans.get(rule);
      if (known !== undefined) return known;
      const plan = createPlan(rule, snapshot, slots);
      plans.set(rule, plan);
      return plan;
    },
  };
}

function createPlan(rule: RouteRule, { plugins }: Snapshot, slots: Slots): Plan {
  const found = rule.plugins.map((name) => plugins.get(name));
  const bindings = found.filter((binding) => binding !== undefined);
  return {
    backends: rule.backends.map((backend) => backend.cluster),
    chain: bindings.length === 0 ? undefined : new ChainPlan(bindings, slots),
    missing: rule.plugins[found.indexOf(undefined)],
  };
}
