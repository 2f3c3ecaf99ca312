import type { RouteRule, WeightedBackend } from "../../config/snapshot.ts";

/**
 * Picks a backend in proportion to the weights. An invalid backend keeps its share (the caller answers it with 500,
 * Gateway API v1 `backendRefs`); a weight of 0 gets nothing. Undefined when no backend has a weight: also a 500.
 *
 * @param random uniform in [0, 1)
 */
export function chooseBackend(rule: RouteRule, random: () => number): WeightedBackend | undefined {
  const { backends } = rule;
  const [only] = backends;
  if (backends.length === 1 && only !== undefined) return only.weight > 0 ? only : undefined;
  let total = 0;
  for (const backend of backends) total += backend.weight;
  let point = random() * total;
  for (const backend of backends) {
    point -= backend.weight;
    if (point < 0) return backend;
  }
  return undefined;
}
