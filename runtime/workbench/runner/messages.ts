import type { BuildResult } from "../../build/build-store.ts";
import type { Code } from "../../errors.ts";
import type { CaseFailure } from "../cases/run-case.ts";
import type { CountedRuns } from "../line-coverage/counted-runs.ts";
import type { SnapshotCounts } from "../snapshots/snapshot-file.ts";

/** What a test process is to run; paths are absolute. */
export interface TestOrder {
  /** The filter's folder. */
  readonly folder: string;
  readonly tests: readonly string[];
  readonly cases: readonly string[];
  /** Only tests and cases whose full name contains this, without regard to case. */
  readonly name: string | undefined;
}

/** Why a test failed. */
export interface TestFailure {
  readonly message: string;
  /** `file:line:column`, of the test's own code where it is known. */
  readonly place: string | undefined;
  /** Of a case: the fields that are not as expected. */
  readonly fields?: readonly CaseFailure[];
  /** Frames of the filter, innermost first. */
  readonly frames?: readonly string[];
}

export interface TestResult {
  readonly file: string;
  /** Of the suites that the test is in, and its own. */
  readonly names: readonly string[];
  readonly outcome: "pass" | "fail" | "skip";
  /** Milliseconds. */
  readonly duration: number;
  readonly failure?: TestFailure;
}

/** What a run is told when all is over. */
export interface RunEnd {
  readonly snapshots: readonly SnapshotCounts[];
  readonly coverage: readonly CountedRuns[];
}

export interface WireError {
  readonly code: Code | undefined;
  readonly message: string;
  readonly where: string | undefined;
  readonly remedy: string | undefined;
}

/** From a test process. */
export type FromTests =
  | { readonly kind: "build"; readonly id: number; readonly folder: string }
  | { readonly kind: "result"; readonly result: TestResult }
  | { readonly kind: "end"; readonly end: RunEnd };

/** To a test process. */
export type ToTests =
  /** Does once what tests will do, so that the code for it is compiled when they come. */
  | { readonly kind: "warm"; readonly folder: string }
  | { readonly kind: "run"; readonly order: TestOrder }
  | { readonly kind: "built"; readonly id: number; readonly built: BuildResult }
  | { readonly kind: "unbuilt"; readonly id: number; readonly error: WireError };
