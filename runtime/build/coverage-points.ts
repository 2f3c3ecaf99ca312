/** One place of a filter's source whose runs a counted build counts. */
export interface CoveragePoint {
  /** Index of its counter; see `countersOf`. */
  readonly point: number;
  /** From 1. */
  readonly line: number;
}

export interface CoverageFunction extends CoveragePoint {
  /** `Class.method` for a method; `(anonymous)` for a function without a name. */
  readonly name: string;
}

/** One way on from a decision. Without a counter of its own it was taken whenever `of` ran and `but` did not. */
export type CoverageArm = { readonly point: number } | { readonly of: number; readonly but: number };

/** An `if`, a `?:`, a `switch`, or an `&&` or `||`, whose arms are that its second operand is looked at, and that it is not. */
export interface CoverageBranch {
  readonly line: number;
  readonly arms: readonly CoverageArm[];
}

export interface CoverageFile {
  /** Path in the filter's folder. */
  readonly file: string;
  readonly functions: readonly CoverageFunction[];
  readonly statements: readonly CoveragePoint[];
  readonly branches: readonly CoverageBranch[];
}

/** Bytes in front of a counted build's own memory: nothing at the address 0, then the counters, four bytes each. */
export const COUNTERS_START = 1024;
export const COUNTERS_END = 65_536;
export const MAX_POINTS = (COUNTERS_END - COUNTERS_START) / 4;

/** The counters in the memory of a running instance, by point. */
export function countersOf(memory: ArrayBuffer): Uint32Array {
  return new Uint32Array(memory, COUNTERS_START, MAX_POINTS);
}
