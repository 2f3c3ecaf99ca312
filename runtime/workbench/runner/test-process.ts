import { type ChildProcess, fork } from "node:child_process";
import type { Build } from "../build-cache.ts";
import { UPDATE_VARIABLE } from "../snapshots/snapshot-session.ts";
import type { FromTests, RunEnd, TestOrder, TestResult, ToTests } from "./messages.ts";
import { toWire } from "./wire-error.ts";

/** Beside this file, with the same extension: .ts in the repository, .js in the published package. */
const ENTRY = import.meta.url.replace(/test-process(\.\w+)$/, "test-entry$1");
const SELF_RESOLUTION = import.meta.url.replace(/runner\/test-process(\.\w+)$/, "self-resolution$1");

export interface TestProcessOptions {
  /** Where the tests run: the filter's folder. */
  readonly folder: string;
  readonly build: Build;
  readonly update: boolean;
  /** Whether it has time to get ready before there is something to run. @default false */
  readonly warm?: boolean;
}

/** A process that has loaded all that tests need and waits for what to run: once, since modules are loaded once. */
export interface TestProcess {
  /** Undefined when the process ended before the tests did. @param onResult told of each test as it ends */
  run(order: TestOrder, onResult: (result: TestResult) => void): Promise<RunEnd | undefined>;
  /** Ends it, whatever it does. */
  stop(): void;
}

export function startTestProcess({ folder, build, update, warm = false }: TestProcessOptions): TestProcess {
  const child = fork(new URL(ENTRY), [], {
    cwd: folder,
    env: environment(update),
    execArgv: ["--import", SELF_RESOLUTION],
    serialization: "advanced",
  });
  child.on("message", (message: FromTests) => {
    if (message.kind === "build") void answer(child, build, message.id, message.folder);
  });
  if (warm) say(child, { kind: "warm", folder });
  return {
    run: (order, onResult) =>
      new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", () => resolve(undefined));
        child.on("message", (message: FromTests) => {
          if (message.kind === "result") onResult(message.result);
          else if (message.kind === "end") resolve(message.end);
        });
        say(child, { kind: "run", order });
      }),
    stop: () => void child.kill("SIGKILL"),
  };
}

async function answer(child: ChildProcess, build: Build, id: number, folder: string): Promise<void> {
  try {
    say(child, { kind: "built", id, built: await build(folder) });
  } catch (error) {
    say(child, { kind: "unbuilt", id, error: toWire(error) });
  }
}

function say(child: ChildProcess, message: ToTests): void {
  // A process that is gone has nobody who waits.
  if (child.connected) child.send(message, () => {});
}

/** A test run inside a test run would report to the outer one instead of the terminal. */
function environment(update: boolean): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  return update ? { ...rest, [UPDATE_VARIABLE]: "1" } : rest;
}
