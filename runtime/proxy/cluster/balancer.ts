import { createHash } from "node:crypto";
import type { EndpointState } from "./endpoint.ts";

export interface Pick {
  readonly endpoints: readonly EndpointState[];
  /** Endpoints that this request has tried already. */
  readonly tried: ReadonlySet<EndpointState>;
  /** Requests with the same key go to the same endpoint. */
  readonly hashKey: string | undefined;
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * The less busy of two random endpoints (power of two choices), or the key's own by rendezvous hashing. Endpoints that
 * failed to connect lately are passed over while there are others: failing fast must not look like being idle.
 */
export function pickEndpoint(pick: Pick): EndpointState | undefined {
  const [only] = pick.endpoints;
  if (pick.endpoints.length < 2) return only !== undefined && pick.tried.has(only) ? undefined : only;
  const untried = pick.endpoints.filter((endpoint) => !pick.tried.has(endpoint));
  const calm = untried.filter((endpoint) => endpoint.penaltyUntil <= pick.now);
  const candidates = calm.length > 0 ? calm : untried;
  if (candidates.length < 2) return candidates[0];
  return pick.hashKey === undefined ? lessBusy(candidates, pick.random) : highestRank(candidates, pick.hashKey);
}

function lessBusy(candidates: readonly EndpointState[], random: () => number): EndpointState {
  const first = Math.floor(random() * candidates.length);
  const second = (first + 1 + Math.floor(random() * (candidates.length - 1))) % candidates.length;
  const [a, b] = [candidates[first] as EndpointState, candidates[second] as EndpointState];
  return b.active < a.active ? b : a;
}

function highestRank(candidates: readonly EndpointState[], key: string): EndpointState {
  const rank = (endpoint: EndpointState) => createHash("sha1").update(`${endpoint.name} ${key}`).digest("hex");
  return candidates.reduce((best, each) => (rank(each) > rank(best) ? each : best));
}
