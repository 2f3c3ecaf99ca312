import type { RouteFilter, RouteRule, Snapshot, WeightedBackend } from "../config/snapshot.ts";
import { ChainPlan, type Slots } from "./chain-plan.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import { Place } from "./place.ts";
import { BackendMeter, type ProxyMetrics, RouteMeter } from "./proxy-metrics.ts";
import type { Matched } from "./route/precedence.ts";
import { chooseBackend } from "./route/weights.ts";

/** What the requests of one match of a rule have in common, worked out once. */
export interface Plan {
  readonly matched: Matched;
  readonly rule: RouteRule;
  readonly backends: readonly string[];
  /** In the order of the rule's backends. */
  readonly choices: readonly Choice[];
  /** Undefined when the rule has no filters. */
  readonly chain: ChainPlan | undefined;
  /** A plugin that the snapshot does not know: the rule must not run without it. */
  readonly missing: string | undefined;
  /** Whether filters of the route, its own or a backend's, look at requests or responses. */
  readonly filtersRequest: boolean;
  readonly filtersResponse: boolean;
  readonly meter: RouteMeter;
  /** Of exchanges that went to no backend. */
  readonly place: Place;
}

/** A backend that requests of the rule may go to. */
export interface Choice {
  readonly backend: WeightedBackend;
  readonly weight: number;
  /** Undefined when the backend is invalid. */
  readonly cluster: ClusterState | undefined;
  readonly meter: BackendMeter;
  readonly place: Place;
}

/** What plans are made of. */
export interface PlanSources {
  readonly snapshot: Snapshot;
  readonly clusters: ReadonlyMap<string, ClusterState>;
  readonly slots: Slots;
  readonly metrics: ProxyMetrics;
}

export function createPlan(matched: Matched, { snapshot, clusters, slots, metrics }: PlanSources): Plan {
  const { rule } = matched;
  const found = rule.plugins.map((name) => snapshot.plugins.get(name));
  const bindings = found.filter((binding) => binding !== undefined);
  const filters = [...rule.filters, ...rule.backends.flatMap((backend) => backend.filters)];
  const placeOf = (backend: string) => new Place(matched.listener.name, rule.name, backend);
  return {
    matched,
    rule,
    backends: rule.backends.map((backend) => backend.cluster),
    choices: rule.backends.map((backend) => ({
      backend,
      weight: backend.weight,
      cluster: clusters.get(backend.cluster),
      meter: new BackendMeter(metrics, backend.cluster),
      place: placeOf(backend.cluster),
    })),
    chain: bindings.length === 0 ? undefined : new ChainPlan(bindings, slots),
    missing: rule.plugins[found.indexOf(undefined)],
    filtersRequest: filters.some((filter) => !isForResponse(filter)),
    filtersResponse: filters.some(isForResponse),
    meter: new RouteMeter(metrics, rule.name),
    place: placeOf(""),
  };
}

/** Where a request goes: to the backend that a filter chose, or else by weight. Undefined when none has a weight. */
export function choiceOf({ choices }: Plan, chosen: string | undefined, random: () => number): Choice | undefined {
  const named = chosen === undefined ? undefined : choices.find(({ backend }) => backend.cluster === chosen);
  return named ?? chooseBackend(choices, random);
}

function isForResponse(filter: RouteFilter): boolean {
  return filter.type === "ResponseHeaderModifier";
}
