import { resolve } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Build } from "../build-cache.ts";
import { FOREIGN } from "../filter-files.ts";
import { duration } from "../screen.ts";
import { watchFolder } from "../watch-folder.ts";
import { findTests, isCases, isTest } from "./find-tests.ts";
import type { TestOrder } from "./messages.ts";
import { createBuild, type RunTestsOptions, runOrder } from "./run-tests.ts";
import { startTestProcess, type TestProcess } from "./test-process.ts";

export interface WatchTestsOptions extends Omit<RunTestsOptions, "coverage"> {
  /** Told after each run. @param elapsed milliseconds since the change was noticed */
  readonly onRun?: (passed: boolean, elapsed: number) => void;
}

export interface TestWatch {
  /** Runs everything once more. */
  again(): void;
  close(): void;
}

/**
 * Runs a filter's tests, and again whenever a file changes: those of the file that changed, or all when the filter itself did.
 * Drafts of the filter are tested, which compile in a fifth of the time. The next test process is started beforehand, so
 * that it has loaded all it needs when a change comes.
 *
 * @throws USAGE when the folder holds no tests
 */
export async function watchTests(options: WatchTestsOptions): Promise<TestWatch> {
  const folder = resolve(options.folder);
  findTests(folder, options.folder);
  const loop = new TestLoop(folder, options);
  const watcher = watchFolder({
    folder,
    ignore: FOREIGN,
    counts: (name) => /\.(ts|json)$/.test(name) || isCases(name),
    onChange: (paths) => loop.changed(paths),
  });
  loop.changed(undefined);
  return {
    again: () => loop.changed(undefined),
    close() {
      watcher.close();
      loop.close();
    },
  };
}

class TestLoop {
  readonly #folder: string;
  readonly #options: WatchTestsOptions;
  readonly #build: Build;
  /** Waits for the next run; started when the last one is over, so that it takes no time from it. */
  #next: TestProcess | undefined;
  #current: TestProcess | undefined = undefined;
  /** What changed since the current run began; undefined stands for everything. */
  #waiting: Set<string> | undefined = new Set();
  #runs = 0;
  #closed = false;

  constructor(folder: string, options: WatchTestsOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#build = createBuild("draft", options.target);
    this.#next = this.#start();
  }

  /** A run that goes on is given up: what it tests is out of date. */
  changed(paths: readonly string[] | undefined): void {
    if (paths === undefined) this.#waiting = undefined;
    for (const path of paths ?? []) this.#waiting?.add(path);
    this.#current?.stop();
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#current?.stop();
    this.#next?.stop();
  }

  async #run(): Promise<void> {
    const run = ++this.#runs;
    const { screen, onRun } = this.#options;
    const began = performance.now();
    const tests = this.#next ?? this.#start();
    this.#current = tests;
    this.#next = undefined;
    try {
      const order = this.#order();
      const { passed } = await runOrder({
        order,
        build: this.#build,
        tests,
        screen,
        isStale: () => run !== this.#runs,
      });
      if (run !== this.#runs || this.#closed) return;
      this.#waiting = new Set();
      this.#next = this.#start();
      const elapsed = performance.now() - began;
      screen.print(
        screen.paint("dim", `watching · ${duration(elapsed)} after the change · Enter runs all, Ctrl-C ends`),
      );
      onRun?.(passed, elapsed);
    } catch (error) {
      tests.stop();
      if (run !== this.#runs || this.#closed) return;
      this.#next ??= this.#start();
      screen.print(screen.paint("red", messageOf(error)));
      onRun?.(false, performance.now() - began);
    }
  }

  #order(): TestOrder {
    const { name } = this.#options;
    const found = findTests(this.#folder, this.#folder);
    const changed = this.#waiting;
    const isOnlyTests = changed !== undefined && [...changed].every((path) => isTest(path) || isCases(path));
    const wanted = (path: string): boolean => !isOnlyTests || changed.has(path);
    const order = { tests: found.tests.filter(wanted), cases: found.cases.filter(wanted) };
    const isEmpty = order.tests.length + order.cases.length === 0;
    return { folder: this.#folder, name, ...(isEmpty ? found : order) };
  }

  #start(): TestProcess {
    const { update = false } = this.#options;
    return startTestProcess({ folder: this.#folder, build: this.#build, update, warm: this.#runs > 0 });
  }
}
