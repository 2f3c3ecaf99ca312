import type { BuildResult } from "../../build/build-store.ts";
import { type CoverageFile, countersOf, MAX_POINTS } from "../../build/coverage-points.ts";
import type { GuestInstance } from "../../wasm/abi/guest-instance.ts";

/** How often each point of a counted build ran, over all of its instances in this process. */
export interface CountedRuns {
  readonly files: readonly CoverageFile[];
  /** By point. */
  readonly counts: readonly number[];
}

type Memory = Pick<GuestInstance, "memory">;

interface Observed {
  readonly files: readonly CoverageFile[];
  readonly instances: Memory[];
}

/** By digest: builds of the same content count together. */
const observed = new Map<string, Observed>();

/** What looks after the counters of a counted build's instances; undefined for any other build. */
export function observeInstances({ counted, digest }: BuildResult): ((instance: Memory) => void) | undefined {
  if (counted === undefined) return undefined;
  const { instances } = observed.get(digest) ?? remember(digest, counted);
  return (instance) => void instances.push(instance);
}

function remember(digest: string, files: readonly CoverageFile[]): Observed {
  const known: Observed = { files, instances: [] };
  observed.set(digest, known);
  return known;
}

/** What has run so far. */
export function countedRuns(): CountedRuns[] {
  return [...observed.values()].map(({ files, instances }) => {
    const counts = new Array<number>(MAX_POINTS).fill(0);
    for (const { memory } of instances) {
      if (memory === undefined) continue;
      countersOf(memory).forEach((count, point) => {
        counts[point] = (counts[point] ?? 0) + count;
      });
    }
    return { files, counts };
  });
}
