import type { Exchange } from "../http/exchange.ts";
import type { Plan } from "./plan.ts";
import type { Router } from "./route/router.ts";
import type { Scope } from "./scope.ts";

/**
 * The plan for a request as filters have left it. It stays what it was where no rule matches now, and where the other rule
 * runs a plugin that the request has not passed: an edit is no way around a policy.
 */
export function reroute({ request, routing }: Exchange, plan: Plan, router: Router | undefined, scope: Scope): Plan {
  routing.again = false;
  const matched = router?.match(request);
  if (matched === undefined || matched === plan.matched) return plan;
  const next = scope.planOf(matched);
  if (!next.rule.plugins.every((name) => plan.rule.plugins.includes(name))) return plan;
  routing.route = next.rule.name;
  routing.backends = next.backends;
  if (routing.chosen !== undefined && !next.backends.includes(routing.chosen)) routing.chosen = undefined;
  return next;
}
