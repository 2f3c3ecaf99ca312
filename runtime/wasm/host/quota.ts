import type { QuotaCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

export function quotaCapability(context: HookContext): QuotaCapability {
  const { plugin, services } = context;
  return {
    take: (bucket, limit, periodMs, burst, cost) =>
      services.quota.take({ plugin, bucket, limit, periodMs, burst, cost, now: context.monotonic }),
  };
}
