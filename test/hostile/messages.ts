/** What the parent asks of the proxy's process, and what it answers. */
export interface ArenaAsks {
  /** Serves by this module in place of the one before. */
  serve: { ask: { bytes: Uint8Array; policy: "closed" | "open" }; answer: Started };
  /** Serves by no module. */
  withdraw: { ask: object; answer: undefined };
  look: { ask: object; answer: ArenaView };
  /** Traps of one generation in a loop, without anything that holds them off. */
  storm: { ask: { bytes: Uint8Array; seconds: number }; answer: Storm };
}

export interface Started {
  /** Why it was refused; undefined: it serves. */
  readonly refused: string | undefined;
  readonly message: string;
  /** Milliseconds until it was refused or served. */
  readonly took: number;
}

export interface ArenaView {
  /** Faults since the process began, by code. */
  readonly faults: Readonly<Record<string, number>>;
  /** Workers that were replaced. */
  readonly restarts: number;
  /** Bytes that the process holds. */
  readonly resident: number;
}

export interface Storm {
  readonly traps: number;
  /** Verdicts that were no trap: an instance that could not be started. */
  readonly others: number;
  /** Bytes after a tenth of the time, and at the end. */
  readonly early: number;
  readonly late: number;
}

export type ArenaKind = keyof ArenaAsks;

export type ArenaMessage = {
  [Kind in ArenaKind]: { readonly id: number; readonly kind: Kind } & ArenaAsks[Kind]["ask"];
}[ArenaKind];

export interface ArenaAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}
