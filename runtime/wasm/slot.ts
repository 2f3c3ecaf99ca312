/** What a hook decided: a value, never an exception. */
export type Verdict =
  | { readonly kind: "next" }
  | { readonly kind: "respond" }
  /** A trap, a broken contract or an exhausted pool; the plugin's failure policy decides what follows. */
  | { readonly kind: "fault"; readonly code: string; readonly detail: string };
