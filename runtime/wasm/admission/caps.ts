/**
 * What a core module may hold. Compilers' output stays below a fifth of each figure but the number of data segments, of which
 * Go makes many (measured: Go 1.26 with net/http and templates, 8.4 MB; Rust, 2.4 and 3.5 MB). What costs an engine far
 * more than it costs to send is above.
 */
export const CAPS = {
  /** Bytes of a file, and of one module in it. */
  moduleBytes: 16 << 20,
  types: 10_000,
  params: 128,
  results: 32,
  imports: 1_000,
  exports: 2_000,
  /** Bytes of the name of an import or export. */
  nameBytes: 1_024,
  functions: 65_536,
  bodyBytes: 1 << 20,
  /** Parameters and locals of a function. */
  locals: 4_096,
  /** An engine keeps a state of every local for every open block: their product is what a function costs it. */
  localsTimesBlocks: 2_000_000,
  /** The same of all functions together. */
  moduleLocalsTimesBlocks: 20_000_000,
  nesting: 4_096,
  /** Targets of all branch tables. */
  branchTargets: 1_000_000,
  globals: 10_000,
  tables: 16,
  memories: 1,
  elementSegments: 10_000,
  /** Of all segments together. */
  elements: 200_000,
  /** As many as V8 takes. */
  dataSegments: 100_000,
  /** Instructions of an initial value or offset. */
  constantInstructions: 16,
} as const;
