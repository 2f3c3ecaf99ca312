import type { Code } from "../errors.ts";

/** The functions that a filter may export. */
export type Hook = "configure" | "on-request" | "on-response" | "on-log";

/** What a hook decided: a value, never an exception. */
export type Verdict =
  | { readonly kind: "next" }
  | { readonly kind: "respond" }
  /** A trap, a broken contract or an exhausted pool; the plugin's failure policy decides what follows. */
  | { readonly kind: "fault"; readonly code: Code; readonly detail: string };

export const NEXT: Verdict = Object.freeze({ kind: "next" });
export const RESPOND: Verdict = Object.freeze({ kind: "respond" });
