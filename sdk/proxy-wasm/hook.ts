import { enter, leave } from "../guest/hook";
import { turnToBody } from "./body";
import { forgetFields } from "./fields";
import { forgetTime } from "./hook-time";
import { forgetAnswer, sendAnswer } from "./local-response";
import { logFault } from "./log";
import { Hook, turnTo } from "./moment";
import { BodyAction, HeadAction } from "./wire";

const NEXT: u32 = 0;
const RESPOND: u32 = 1;
const HOLD: u32 = 2;

/** Contexts that were answered lately, by the end of their number: their answer goes through the filter as a response. */
const ANSWERED: u32 = 256;
const answered: usize = memory.data(1024, 4);

/**
 * Begins a hook for a stream.
 *
 * @param headWaits whether the head of its message has not gone on yet
 */
export function begin(hook: Hook, context: u32, headWaits: bool): void {
  turnTo(hook, headWaits);
  forgetTime();
  forgetFields();
  forgetAnswer();
  enter(context);
}

/** Ends a hook that decides nothing. */
export function end(): void {
  forgetFields();
  forgetAnswer();
  turnTo(Hook.None, false);
  leave();
}

/** Ends a hook for a head that cannot hold. */
export function decideHead(verdict: u32, context: u32): HeadAction {
  if (verdict === NEXT) end();
  else answer(verdict, context);
  return verdict === NEXT ? HeadAction.Continue : HeadAction.StopIteration;
}

/** Ends a hook for bytes of a body. The last ones cannot be held. */
export function decideBody(verdict: u32, context: u32, last: bool): BodyAction {
  if (verdict === NEXT || (verdict === HOLD && !last)) {
    end();
    return verdict === NEXT ? BodyAction.Continue : BodyAction.StopIterationAndBuffer;
  }
  answer(verdict, context);
  return BodyAction.StopIterationNoBuffer;
}

/** Whether a hook for a head wants all of the body first. It has ended then. */
export function isHeld(verdict: u32): bool {
  if (verdict !== HOLD) return false;
  end();
  return true;
}

/** Begins a hook for a body. */
export function beginBody(hook: Hook, context: u32, headWaits: bool, size: u32, last: bool, exists: bool): void {
  begin(hook, context, headWaits);
  turnToBody(size, last, exists);
}

/** Whether a response is this filter's own answer, which it does not see. */
export function isOwnAnswer(context: u32): bool {
  return load<u32>(answered + ((<usize>(context % ANSWERED)) << 2)) === context;
}

/** Sends what the hook answers. A verdict that means nothing else stops the instance, and the host refuses the request. */
function answer(verdict: u32, context: u32): void {
  if (verdict !== RESPOND || !sendAnswer()) {
    const what =
      verdict === RESPOND ? "the filter responded without a response" : "the filter's verdict has no meaning here";
    logFault(what, "index.ts", 0, 0);
    unreachable();
  }
  store<u32>(answered + ((<usize>(context % ANSWERED)) << 2), context);
  end();
}
