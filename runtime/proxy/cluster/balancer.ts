import { createHash } from "node:crypto";
import type { EndpointState } from "./endpoint.ts";

export interface Pick {
  /** Endpoints that this request has tried already. */
  readonly tried: ReadonlySet<EndpointState> | undefined;
  /** Requests with the same key go to the same endpoint. */
  readonly hashKey: string | undefined;
}

/**
 * The less busy of two random endpoints (power of two choices), or the key's own by rendezvous hashing. Endpoints that
 * failed to connect lately are passed over while there are others: failing fast must not look like being idle.
 *
 * @param now monotonic milliseconds
 * @param random uniform in [0, 1)
 */
export function pickEndpoint(
  endpoints: readonly EndpointState[],
  pick: Pick,
  now: number,
  random: () => number,
): EndpointState | undefined {
  const { tried } = pick;
  if (endpoints.length < 2) {
    const only = endpoints[0];
    return only !== undefined && tried?.has(only) ? undefined : only;
  }
  return tried === undefined && pick.hashKey === undefined
    ? pickCalm(endpoints, now, random)
    : pickAmong(endpoints, pick, now, random);
}

/** Two endpoints drawn from all of them are as good as two drawn from the calm ones, if both are calm. */
function pickCalm(endpoints: readonly EndpointState[], now: number, random: () => number): EndpointState {
  const first = Math.floor(random() * endpoints.length);
  const second = (first + 1 + Math.floor(random() * (endpoints.length - 1))) % endpoints.length;
  const a = endpoints[first] as EndpointState;
  const b = endpoints[second] as EndpointState;
  if (a.penaltyUntil <= now && b.penaltyUntil <= now) return b.active < a.active ? b : a;
  return pickAmong(endpoints, NO_WISHES, now, random) as EndpointState;
}

const NO_WISHES: Pick = { tried: undefined, hashKey: undefined };

function pickAmong(
  endpoints: readonly EndpointState[],
  { tried, hashKey }: Pick,
  now: number,
  random: () => number,
): EndpointState | undefined {
  const untried = endpoints.filter((endpoint) => !tried?.has(endpoint));
  const calm = untried.filter((endpoint) => endpoint.penaltyUntil <= now);
  const candidates = calm.length > 0 ? calm : untried;
  if (candidates.length < 2) return candidates[0];
  return hashKey === undefined ? lessBusy(candidates, random) : highestRank(candidates, hashKey);
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
