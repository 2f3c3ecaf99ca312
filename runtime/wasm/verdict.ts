import type { Code } from "../errors.ts";

/** The functions that a filter may export. */
export type Hook = "configure" | HeadHook | BodyHook | "on-log" | "on-tick";
export type HeadHook = "on-request" | "on-response";
export type BodyHook = "on-request-body" | "on-response-body";

/**
 * Tells a listener, once and never within the call that gave this, what a filter that made the exchange wait decided in
 * the end. Nobody is told when the exchange ends before.
 */
export type Settle = (listener: (verdict: Verdict) => void) => void;

export type GiveUp = (() => void) | undefined;

/** What a hook decided: a value, never an exception. */
export type Verdict =
  | { readonly kind: "next" }
  | { readonly kind: "respond" }
  /**
   * The filter keeps what it was shown. A head waits until hooks for the body let it go: with `whole` they are given the
   * body in one piece, otherwise piece by piece. Bytes of a body are given to the next hook again, in front of what
   * follows. With `settle` the filter may also let go later by itself, and is told by `giveUp` that nobody waits any more.
   */
  | { readonly kind: "hold"; readonly whole: boolean; readonly settle?: Settle | undefined; readonly giveUp?: GiveUp }
  /** Of a hook for a body whose head is held: as `hold`, but these bytes go nowhere. */
  | { readonly kind: "drop"; readonly settle?: Settle | undefined; readonly giveUp?: GiveUp }
  /**
   * The hook is suspended, or has paused everything: no hook of this filter and direction runs before it has settled. Who
   * does not want to wait any longer gives it up, where that can be done: then it touches the exchange no more.
   */
  | { readonly kind: "wait"; readonly settle: Settle; readonly giveUp?: GiveUp }
  /** A trap, a broken contract or an exhausted budget; the plugin's failure policy decides what follows. */
  | {
      readonly kind: "fault";
      readonly code: Code;
      readonly detail: string;
      /** Where the guest's frames were, innermost first; only where they were asked for. */
      readonly frames?: readonly string[];
    };

export const NEXT: Verdict = Object.freeze({ kind: "next" });
export const RESPOND: Verdict = Object.freeze({ kind: "respond" });
export const HOLD: Verdict = Object.freeze({ kind: "hold", whole: false });
export const HOLD_WHOLE: Verdict = Object.freeze({ kind: "hold", whole: true });
