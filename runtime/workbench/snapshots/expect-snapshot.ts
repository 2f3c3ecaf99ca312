import { AssertionError } from "node:assert";
import type { EffectDifference } from "../../wasm/compare-effects.ts";
import type { Effects } from "../../wasm/effects.ts";
import { snapshotsOf } from "./snapshot-session.ts";

/** The parts of a node:test context that a snapshot is named by. */
export interface SnapshotContext {
  /** The test's name with those of its suites. */
  readonly fullName: string;
  readonly filePath?: string | undefined;
}

/** How often each test has asked, so that its snapshots differ in name. */
const asked = new WeakMap<SnapshotContext, number>();

/**
 * Compares what a filter did with what it did when the test first ran, kept in `__snapshots__` beside the test's file.
 * `heddle test --update` keeps what it does now.
 *
 * @example
 * ```ts
 * test("answers 401 without a key", async (t) => {
 *   const filter = await mountFilter(import.meta.dirname);
 *   expectSnapshot(t, filter.request());
 * });
 * ```
 *
 * @param actual a result of `mountFilter`, or plain data
 * @param name names the snapshot within its test. @default its number, from the second one on
 * @throws AssertionError
 */
export function expectSnapshot(
  context: SnapshotContext,
  actual: { readonly effects: Effects } | object,
  name = "",
): void {
  const { fullName, filePath } = context;
  if (filePath === undefined) throw new TypeError("expected a test's own context, got one without a file");
  const value = "effects" in actual ? actual.effects : actual;
  const differences = snapshotsOf(filePath).match(nameOf(context, fullName, name), value);
  if (differences === undefined) return;
  const message = `not as in the snapshot:\n${differences.map(describe).join("\n")}\n\`heddle test --update\` keeps it.`;
  throw new AssertionError({ message, stackStartFn: expectSnapshot });
}

function nameOf(context: SnapshotContext, fullName: string, name: string): string {
  if (name !== "") return `${fullName}: ${name}`;
  const count = (asked.get(context) ?? 0) + 1;
  asked.set(context, count);
  return count === 1 ? fullName : `${fullName} (${count})`;
}

function describe({ field, before, after }: EffectDifference): string {
  return `  ${field}: expected ${show(before)}, got ${show(after)}`;
}

function show(value: unknown): string {
  return value === undefined || value === null ? "none" : JSON.stringify(value);
}
