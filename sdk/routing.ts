import * as host from "./host";

/**
 * Where the request goes.
 *
 * @example
 * ```ts
 * import { Action, request, routing } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   if (request.headerEquals("x-beta", "1")) routing.chooseBackend("shop/orders-v2:8080");
 *   return Action.Next;
 * }
 * ```
 */
export namespace routing {
  /** `namespace/name/rule` of the matched route. */
  export function route(): string {
    return host.routingRoute();
  }

  /** The backends that the matched rule may use, as `namespace/name:port`. */
  export function backends(): string[] {
    return host.routingBackends();
  }

  /** Sends this request to one of `backends()`, whatever the weights say; false when it is not one of them. */
  export function chooseBackend(name: string): bool {
    return host.routingChooseBackend(name);
  }

  /** The key by which a consistent-hash balancer picks an endpoint. */
  export function setHashKey(key: string): void {
    host.routingSetHashKey(key);
  }
}
