import type { CoverageArm, CoverageFile } from "../../build/coverage-points.ts";
import type { CountedRuns } from "./counted-runs.ts";

export interface Ratio {
  readonly hit: number;
  readonly found: number;
}

/** What ran of one file of a filter. */
export interface FileCoverage {
  /** Path in the filter's folder. */
  readonly file: string;
  readonly lineRatio: Ratio;
  readonly functionRatio: Ratio;
  readonly branchRatio: Ratio;
  /** Lines that did not run, sorted. */
  readonly missed: readonly number[];
  /** How often each line with a statement ran, sorted by line. */
  readonly hits: readonly (readonly [line: number, count: number])[];
  readonly functions: readonly { readonly name: string; readonly line: number; readonly count: number }[];
  /** Each arm of each decision: the number of the decision, and of the arm in it. */
  readonly arms: readonly {
    readonly line: number;
    readonly branch: number;
    readonly arm: number;
    readonly count: number;
  }[];
}

/** Adds runs of the same filter together, which may have been built more than once. Files are sorted by name. */
export function fileCoverage(runs: readonly CountedRuns[]): FileCoverage[] {
  const found = new Map<string, FileCoverage>();
  for (const { files, counts } of runs) {
    for (const file of files) {
      const next = coverageOf(file, counts);
      const known = found.get(file.file);
      found.set(file.file, known === undefined ? next : sum(known, next));
    }
  }
  return [...found.values()].filter(({ hits }) => hits.length > 0).sort((a, b) => (a.file < b.file ? -1 : 1));
}

function coverageOf({ file, functions, statements, branches }: CoverageFile, counts: readonly number[]): FileCoverage {
  const count = (point: number): number => counts[point] ?? 0;
  const ofArm = (arm: CoverageArm): number => ("point" in arm ? count(arm.point) : count(arm.of) - count(arm.but));
  const lines = new Map<number, number>();
  for (const { line, point } of statements) lines.set(line, Math.max(lines.get(line) ?? 0, count(point)));
  return withRatios({
    file,
    hits: [...lines].sort(([a], [b]) => a - b),
    functions: functions.map(({ name, line, point }) => ({ name, line, count: count(point) })),
    arms: branches.flatMap(({ line, arms }, branch) =>
      arms.map((one, arm) => ({ line, branch, arm, count: Math.max(0, ofArm(one)) })),
    ),
  });
}

/** Of the same source: builds of different content are of different filters or of none that is tested. */
function sum(a: FileCoverage, b: FileCoverage): FileCoverage {
  const [first, second] = a.hits.length >= b.hits.length ? [a, b] : [b, a];
  return withRatios({
    file: first.file,
    hits: first.hits.map(([line, count], at) => [line, count + (second.hits[at]?.[1] ?? 0)] as const),
    functions: first.functions.map((one, at) => ({ ...one, count: one.count + (second.functions[at]?.count ?? 0) })),
    arms: first.arms.map((one, at) => ({ ...one, count: one.count + (second.arms[at]?.count ?? 0) })),
  });
}

function withRatios(counted: Pick<FileCoverage, "file" | "hits" | "functions" | "arms">): FileCoverage {
  const { hits, functions, arms } = counted;
  return {
    ...counted,
    lineRatio: ratio(hits.map(([, count]) => count)),
    functionRatio: ratio(functions.map(({ count }) => count)),
    branchRatio: ratio(arms.map(({ count }) => count)),
    missed: hits.filter(([, count]) => count === 0).map(([line]) => line),
  };
}

function ratio(counts: readonly number[]): Ratio {
  return { hit: counts.filter((count) => count > 0).length, found: counts.length };
}
