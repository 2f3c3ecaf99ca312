import type { QuotaCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

export function quotaCapability(context: HookContext): QuotaCapability {
  const { plugin, services } = context;
  // One for all calls: nobody keeps it.
  const request = { plugin, bucket: "", limit: 0, periodMs: 0, burst: 0, cost: 0, now: 0 };
  return {
    take(bucket, limit, periodMs, burst, cost) {
      request.bucket = bucket;
      request.limit = limit;
      request.periodMs = periodMs;
      request.burst = burst;
      request.cost = cost;
      request.now = context.monotonic;
      return services.quota.take(request);
    },
  };
}
