import type { ClusterState } from "./cluster/clusters.ts";

/** A backend as `/clusters` shows it. Plain data. */
export interface ClusterView {
  readonly name: string;
  readonly endpoints: number;
  readonly ready: readonly EndpointView[];
}

export interface EndpointView {
  /** `address:port`. */
  readonly name: string;
  readonly active: number;
  readonly requests: number;
  readonly failures: number;
  readonly connectFailures: number;
}

export function viewClusters(states: ReadonlyMap<string, ClusterState>): ClusterView[] {
  return [...states.values()].map(({ name, total, endpoints }) => ({
    name,
    endpoints: total,
    ready: endpoints.map(({ name, active, requests, failures, connectFailures }) => ({
      ...{ name, active, requests, failures, connectFailures },
    })),
  }));
}

/** The same backends as several threads see them, with what was counted put together. */
export function mergeClusters(views: readonly (readonly ClusterView[])[]): ClusterView[] {
  const [first = [], ...others] = views;
  return first.map((cluster) => {
    const same = others.flatMap((view) => view.filter(({ name }) => name === cluster.name));
    const ready = cluster.ready.map((endpoint) =>
      same.flatMap((view) => view.ready.filter(({ name }) => name === endpoint.name)).reduce(sum, endpoint),
    );
    return { ...cluster, ready };
  });
}

function sum(a: EndpointView, b: EndpointView): EndpointView {
  return {
    name: a.name,
    active: a.active + b.active,
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    connectFailures: a.connectFailures + b.connectFailures,
  };
}
