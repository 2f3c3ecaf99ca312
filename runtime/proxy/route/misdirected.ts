import type { Exchange } from "../../http/exchange.ts";
import type { Router } from "./router.ts";

/**
 * Whether a request came on a connection that was secured for another listener than the one that owns its host: by
 * rights that one's certificate and policy count (RFC 9110 7.4, Gateway API on listeners that share a port).
 */
export function isMisdirected({ request, connection }: Exchange, router: Router): boolean {
  const { serverName } = connection;
  const { authority } = request;
  if (request.scheme !== "https" || serverName === authority) return false;
  const owner = router.listenerFor(authority);
  if (owner === undefined) return false;
  const secured = serverName === undefined ? router.anyHost : router.listenerFor(serverName);
  return secured !== owner;
}
