import { GuestFault } from "../abi/guest-fault.ts";
import { BODY_HOOK, type HookContext } from "../host/context.ts";
import { MOST_ANSWER } from "../meter/fuel-answer.ts";
import { HOLD, HOLD_WHOLE, type Hook, NEXT, RESPOND, type Verdict } from "../verdict.ts";

const HOLDS = 2;

/**
 * What the guest's number means for the hook that the context is about.
 *
 * @throws GuestFault for a number that means nothing there
 */
export function decide(verdict: number, context: HookContext, hooks: readonly Hook[]): Verdict {
  if (verdict === 0) return letGo(context, NEXT);
  if (verdict === HOLDS) return hold(context, hooks);
  if (verdict !== 1) {
    const got = verdict === MOST_ANSWER ? `${verdict} or more` : verdict;
    throw new GuestFault("GUEST_PROTOCOL", `expected the verdict 0 (next), 1 (respond) or 2 (hold), got ${got}`);
  }
  if (context.answer !== undefined) {
    // Only now: whoever waits for the verdict takes it before another hook of the exchange runs.
    context.exchange.localResponse = context.answer;
    return letGo(context, RESPOND);
  }
  throw new GuestFault("GUEST_PROTOCOL", "the verdict is respond, but local-response.send was not called with success");
}

function hold(context: HookContext, hooks: readonly Hook[]): Verdict {
  const { hook, piece } = context;
  if (piece !== undefined) {
    if (!piece.end) return HOLD;
    throw new GuestFault("GUEST_PROTOCOL", `${hook} asks for more of a body that has ended`);
  }
  if (hook !== "on-request" && hook !== "on-response")
    throw new GuestFault("GUEST_PROTOCOL", `there is nothing to hold in ${hook}`);
  if (!hooks.includes(BODY_HOOK[hook]))
    throw new GuestFault("GUEST_PROTOCOL", `${hook} asks for the body, but the filter has no ${BODY_HOOK[hook]}`);
  context.budget.held = hook;
  return HOLD_WHOLE;
}

/** After a hook for a body has let its head go, that head cannot be changed any more. */
function letGo(context: HookContext, verdict: Verdict): Verdict {
  if (context.piece !== undefined) context.release();
  return verdict;
}
