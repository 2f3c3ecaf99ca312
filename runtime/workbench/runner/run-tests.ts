import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildPlugin } from "../../build/build-plugin.ts";
import type { BuildStyle } from "../../build/compile.ts";
import type { Target } from "../../build/target.ts";
import { isHeddleError, messageOf } from "../../errors.ts";
import { type Build, cachedBuilds } from "../build-cache.ts";
import { coverageTable } from "../line-coverage/coverage-table.ts";
import { fileCoverage } from "../line-coverage/file-coverage.ts";
import { lcov } from "../line-coverage/lcov.ts";
import type { Screen } from "../screen.ts";
import { findTests } from "./find-tests.ts";
import type { RunEnd, TestOrder, TestResult } from "./messages.ts";
import { startTestProcess, type TestProcess } from "./test-process.ts";
import { createTestReport, type TestReport } from "./test-report.ts";

export interface RunTestsOptions {
  /** Folder of the filter. */
  readonly folder: string;
  readonly screen: Screen;
  /** Only tests whose full name contains this, without regard to case. */
  readonly name?: string | undefined;
  /** Keeps what filters do now as their snapshots. @default false */
  readonly update?: boolean;
  /** Counts what runs of the filter's source. @default false */
  readonly coverage?: boolean;
  /** What the filter is compiled for. @default what its plugin.json says */
  readonly target?: Target | undefined;
}

/**
 * Runs every `*.test.ts` and `*.cases.yaml` of a filter and prints what they did. The filter is compiled as `heddle build`
 * does it, but for coverage.
 *
 * @returns 0 when all passed, 1 otherwise
 * @throws USAGE when the folder holds no tests, or none of this name
 */
export async function runTests(options: RunTestsOptions): Promise<number> {
  const { screen, name, update = false, coverage = false, target } = options;
  const folder = resolve(options.folder);
  const found = findTests(folder, options.folder);
  const build = createBuild(coverage ? "counted" : "release", target);
  const tests = startTestProcess({ folder, build, update });
  const order = { folder, name, ...found };
  const outcome = await runOrder({ order, build, tests, screen });
  if (outcome.end !== undefined && coverage) await reportCoverage(outcome.end, folder, screen);
  return outcome.passed ? 0 : 1;
}

/** Builds whatever folder a test asks for, once per content, with a compiler that stays warm. */
export function createBuild(style: BuildStyle, target?: Target): Build {
  return cachedBuilds((folder) => buildPlugin({ folder, style, ...(target && { target }) }));
}

export interface OrderOptions {
  readonly order: TestOrder;
  readonly build: Build;
  readonly tests: TestProcess;
  readonly screen: Screen;
  /** Whether a later run has begun, so that nobody wants to hear of this one. @default never */
  readonly isStale?: () => boolean;
}

export interface OrderOutcome {
  readonly passed: boolean;
  /** Undefined when the filter does not compile, or the tests ended their process. */
  readonly end: RunEnd | undefined;
}

/** Runs an order and reports it. Without a filter that compiles there is nothing to test. */
export async function runOrder(options: OrderOptions): Promise<OrderOutcome> {
  const { order, build, tests, screen, isStale = () => false } = options;
  const began = performance.now();
  const report = createTestReport(screen, order.folder);
  const early: TestResult[] = [];
  let take = (result: TestResult): void => void early.push(result);
  // The test process loads what it needs while this one compiles the filter.
  const ended = tests.run(order, (result) => take(result));
  ended.catch(() => undefined);
  try {
    if (existsSync(join(order.folder, "index.ts"))) await build(order.folder);
  } catch (error) {
    tests.stop();
    if (isStale()) return { passed: false, end: undefined };
    screen.print(`${screen.paint("red", "✗ the filter does not build")}\n`);
    for (const line of buildProblem(error).split("\n")) screen.print(`  ${line}`);
    return { passed: false, end: undefined };
  }
  take = (result) => {
    if (!isStale()) report.result(result);
  };
  early.forEach(take);
  const end = await ended;
  if (isStale()) return { passed: false, end };
  return { passed: conclude(report, end, order, performance.now() - began, screen), end };
}

/** The compiler's lines say all there is to say. */
function buildProblem(error: unknown): string {
  return isHeddleError(error) && error.code === "BUILD_COMPILE" ? error.message : messageOf(error);
}

function conclude(
  report: TestReport,
  end: RunEnd | undefined,
  order: TestOrder,
  elapsed: number,
  screen: Screen,
): boolean {
  if (end === undefined) screen.print(screen.paint("red", "\nthe tests ended their process before they were done"));
  report.snapshots(end?.snapshots ?? []);
  report.summary(elapsed);
  if (report.ran > 0) return end !== undefined && report.failed === 0;
  const wanted = order.name === undefined ? "the files hold none" : `no name contains ${JSON.stringify(order.name)}`;
  screen.print(screen.paint("red", `expected a test to run, but ${wanted}`));
  return false;
}

async function reportCoverage({ coverage }: RunEnd, folder: string, screen: Screen): Promise<void> {
  const files = fileCoverage(coverage);
  if (files.length === 0) return;
  screen.print("");
  for (const line of coverageTable(files, screen)) screen.print(line);
  await mkdir(join(folder, "coverage"), { recursive: true });
  await writeFile(join(folder, "coverage", "lcov.info"), lcov(files, folder));
  screen.print(screen.paint("dim", "\nwritten to coverage/lcov.info"));
}
