import type { Quota } from "../wasm/services/quota.ts";

/** Tokens that buckets hold when the filter first asks for them, by the bucket's name. */
export type FakeQuota = Readonly<Record<string, number>>;

/** A quota in which some buckets are not full to begin with. */
export function presetQuota(quota: Quota, tokens: FakeQuota): Quota {
  const waiting = new Map(Object.entries(tokens));
  return {
    take(request) {
      const left = waiting.get(request.bucket);
      waiting.delete(request.bucket);
      if (left !== undefined && left < request.burst) quota.take({ ...request, cost: request.burst - left });
      return quota.take(request);
    },
    get size() {
      return quota.size;
    },
  };
}
