import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { isHeddleError, messageOf } from "../../errors.ts";
import type { EffectDifference } from "../../wasm/compare-effects.ts";
import { buildCached } from "../build-cache.ts";
import type { FilterCase } from "../cases/filter-case.ts";
import { parseCases } from "../cases/parse-cases.ts";
import { type CaseReport, type MatchSnapshot, runCase } from "../cases/run-case.ts";
import { snapshotsOf } from "../snapshots/snapshot-session.ts";
import type { TestOrder, TestResult } from "./messages.ts";

/** Runs every case of every file, in order. */
export async function runCaseFiles(order: TestOrder, onResult: (result: TestResult) => void): Promise<void> {
  // What a case takes is told without the build, which it may have to wait for. Each case reports one that fails.
  if (order.cases.length > 0) await buildCached(order.folder).catch(() => undefined);
  for (const file of order.cases) {
    const cases = await readCases(file, order.folder);
    if ("names" in cases) onResult(cases);
    else for (const one of cases) if (isWanted(one, order.name)) onResult(await runOne(one, file, order));
  }
}

function isWanted(one: FilterCase, name: string | undefined): boolean {
  return name === undefined || one.name.toLowerCase().includes(name.toLowerCase());
}

async function readCases(file: string, folder: string): Promise<FilterCase[] | TestResult> {
  try {
    return parseCases(await readFile(file, "utf8"), relative(folder, file));
  } catch (error) {
    const message = isHeddleError(error) && error.code === "CASES_INVALID" ? error.message : messageOf(error);
    const failure = { message, place: undefined };
    return { file, names: ["is in order"], outcome: "fail", duration: 0, failure };
  }
}

async function runOne(one: FilterCase, file: string, { folder }: TestOrder): Promise<TestResult> {
  const began = performance.now();
  const report = await runCase(one, folder, matcher(one, file));
  const duration = performance.now() - began;
  const result = { file, names: [one.name], duration };
  if (report.broken === undefined && report.failures.length === 0) return { ...result, outcome: "pass" };
  return { ...result, outcome: "fail", failure: failureOf(one, report, relative(dirname(file), file)) };
}

function failureOf(one: FilterCase, { broken = "", failures, frames }: CaseReport, file: string) {
  const line = failures[0]?.line ?? one.line;
  return { message: broken, place: `${file}:${line}`, fields: failures, frames };
}

function matcher(one: FilterCase, file: string): MatchSnapshot {
  return (effects, step) => {
    const name = step === undefined ? one.name : `${one.name} (step ${step + 1})`;
    const differences = snapshotsOf(file).match(name, effects);
    return differences === undefined ? undefined : summary(differences);
  };
}

/** The first difference stands for all; the others are in the words. */
function summary(differences: readonly EffectDifference[]) {
  const [first] = differences;
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : "";
  return { field: `snapshot.${first?.field}`, expected: show(first?.before), actual: `${show(first?.after)}${more}` };
}

function show(value: unknown): string {
  return value === undefined || value === null ? "none" : String(value);
}
