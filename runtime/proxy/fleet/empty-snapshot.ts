import type { Snapshot } from "../../config/snapshot.ts";

/** What a thread serves before it is told anything. */
export const EMPTY_SNAPSHOT: Snapshot = {
  generation: 0,
  listeners: [],
  plugins: new Map(),
  clusters: new Map(),
  trust: { publishers: [], releasers: [] },
  warnings: [],
};
