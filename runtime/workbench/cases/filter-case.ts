import type { FieldPath } from "../../config/issue.ts";
import type { FakeRequest } from "../fake-exchange.ts";
import type { MountOptions } from "../mount-filter.ts";
import type { LogLine } from "../recording-services.ts";
import type { FakeResponse } from "../run-exchange.ts";

/** What a value should be: itself, null for absent, or what a regular expression matches. */
export type Wanted = string | number | boolean | null | { readonly matches: string };

export type WantedValues = Readonly<Record<string, Wanted>>;

/** What is expected of a message; what is left out is not looked at. */
export interface AnswerExpectation {
  readonly verdict?: string;
  readonly status?: number;
  readonly headers?: WantedValues;
  readonly body?: Wanted;
  /** The body read as JSON. */
  readonly json?: unknown;
  readonly detail?: Wanted;
}

export interface Expectation extends AnswerExpectation {
  /** `CODE: words`. */
  readonly fault?: Wanted;
  /** As the backend sees it. */
  readonly request?: { readonly headers?: WantedValues; readonly body?: Wanted; readonly json?: unknown };
  readonly attributes?: WantedValues;
  readonly backend?: Wanted;
  readonly hashKey?: Wanted;
  /** As the client sees it. */
  readonly response?: AnswerExpectation;
  /** All that is logged in the step, in order. */
  readonly logs?: readonly (string | { readonly level?: LogLine["level"]; readonly message?: Wanted })[];
  /** All calls of the step, in order. */
  readonly calls?: readonly CallExpectation[];
  /** Sums and last values since the case began. */
  readonly counters?: Readonly<Record<string, number>>;
  readonly gauges?: Readonly<Record<string, number>>;
  readonly store?: WantedValues;
}

export interface CallExpectation {
  readonly backend?: Wanted;
  readonly method?: Wanted;
  readonly target?: Wanted;
  readonly headers?: WantedValues;
  readonly body?: Wanted;
}

/** One exchange of a case, after the clock has been moved on. */
export interface CaseStep {
  /** Where it stands in its document. */
  readonly path: FieldPath;
  /** Milliseconds. */
  readonly advance: number;
  /** Undefined for a step that only moves the clock. */
  readonly request: FakeRequest | undefined;
  readonly response: FakeResponse | undefined;
  readonly expect: Expectation;
  readonly snapshot: boolean;
}

export interface FilterCase {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly setup: MountOptions;
  /** Why the filter should refuse its configuration; there are no steps then. */
  readonly refused: Wanted | undefined;
  readonly steps: readonly CaseStep[];
  /** The line of a field of the document that the case stands in. */
  lineOf(path: FieldPath): number;
}
