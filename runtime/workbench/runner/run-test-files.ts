import { run } from "node:test";
import { messageOf } from "../../errors.ts";
import type { TestFailure, TestOrder, TestResult } from "./messages.ts";

/** The parts of node:test's events that are read here. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly nesting: number;
    readonly file?: string;
    readonly skip?: unknown;
    readonly todo?: unknown;
    readonly details: {
      readonly duration_ms: number;
      readonly type?: string;
      readonly error?: Error & { readonly failureType?: string };
    };
  };
}

/** Runs files of node:test in this process, one after the other. Resolves when this process has nothing left to do. */
export async function runTestFiles(order: TestOrder, onResult: (result: TestResult) => void): Promise<void> {
  const { tests, name } = order;
  if (tests.length === 0) return;
  const names: string[] = [];
  const pattern = name === undefined ? {} : { testNamePatterns: [new RegExp(RegExp.escape(name), "i")] };
  const events = run({ files: [...tests], isolation: "none", ...pattern });
  for await (const event of events as AsyncIterable<TestEvent>) {
    const { type, data } = event;
    if (type === "test:start") names.splice(data.nesting, names.length, data.name);
    const result = type === "test:pass" || type === "test:fail" ? resultOf(event, names, tests) : undefined;
    if (result !== undefined) onResult(result);
  }
}

/** Undefined for what only sums up the tests inside it. */
function resultOf(
  { type, data }: TestEvent,
  names: readonly string[],
  files: readonly string[],
): TestResult | undefined {
  const { details, nesting } = data;
  const isLoading = files.includes(data.name);
  if (type === "test:pass" && (details.type === "suite" || isLoading)) return undefined;
  if (details.error?.failureType === "subtestsFailed") return undefined;
  const file = data.file ?? files[0] ?? "";
  const path = isLoading ? ["can be loaded"] : [...names.slice(0, nesting), data.name];
  const result = { file, names: path, duration: details.duration_ms };
  if (type === "test:fail" && data.todo === undefined)
    return { ...result, outcome: "fail", failure: failureOf(details.error, file) };
  return { ...result, outcome: data.skip === undefined && data.todo === undefined ? "pass" : "skip" };
}

function failureOf(error: (Error & { failureType?: string }) | undefined, file: string): TestFailure {
  const cause = error?.cause ?? error;
  return { message: messageOf(cause), place: placeIn(cause, file) };
}

/** Where the test's own file stands in a stack: `file:line:column`. */
function placeIn(error: unknown, file: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const found = stack.split("\n").find((line) => line.includes(file));
  return found === undefined ? undefined : /(?:file:\/\/)?(\/[^()]+:\d+:\d+)/.exec(found)?.[1];
}
