import type { RoutingCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

const MAX_HASH_KEY = 1024;

/** A choice counts as long as the head of the request is open: afterwards the request is on its way. */
export function routingCapability(context: HookContext): RoutingCapability {
  const routing = () => context.exchange.routing;
  return {
    route: () => routing().route,
    backends: () => [...routing().backends],
    chooseBackend(name) {
      if (!context.opens("on-request") || !routing().backends.includes(name)) return false;
      routing().chosen = name;
      return true;
    },
    setHashKey(key) {
      if (context.opens("on-request")) routing().hashKey = key.slice(0, MAX_HASH_KEY);
    },
  };
}
