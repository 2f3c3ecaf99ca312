import type { Exchange } from "../http/exchange.ts";
import type { Plan } from "./plan.ts";
import { isMisdirected } from "./route/misdirected.ts";
import type { Router } from "./route/router.ts";
import type { Scope } from "./scope.ts";

/**
 * The plan for a request as filters have left it. It stays what it was where no rule matches now, where the other rule runs
 * a plugin that the request has not passed, and where the host that a filter wrote belongs to a listener that the client's
 * connection was not secured for: an edit is no way around a policy. 421 would be wrong there: it is not the client that
 * went astray, and another connection would not help it (RFC 9110 15.5.20).
 */
export function reroute(exchange: Exchange, plan: Plan, router: Router, scope: Scope): Plan {
  const { request, routing } = exchange;
  routing.again = false;
  const matched = router.match(request);
  if (matched === undefined || matched === plan.matched || isMisdirected(exchange, router)) return plan;
  const next = scope.planOf(matched);
  if (!next.rule.plugins.every((name) => plan.rule.plugins.includes(name))) return plan;
  routing.route = next.rule.name;
  routing.backends = next.backends;
  if (routing.chosen !== undefined && !next.backends.includes(routing.chosen)) routing.chosen = undefined;
  return next;
}
