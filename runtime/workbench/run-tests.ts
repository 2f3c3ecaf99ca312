import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HeddleError } from "../errors.ts";

/** Beside this file, with the same extension: .ts in the repository, .js in the published package. */
const SELF_RESOLUTION = import.meta.url.replace(/run-tests(\.\w+)$/, "self-resolution$1");

export interface RunTestsOptions {
  /** Folder of the filter. */
  readonly folder: string;
  /** Run again whenever a file changes, until interrupted. */
  readonly watch?: boolean;
}

/**
 * Runs every `*.test.ts` of a filter with `node --test` of the Node that runs this process, in the terminal of this process.
 * A failing test names its file and line.
 *
 * @returns the exit code of the test run
 * @throws USAGE when the folder holds no tests
 */
export async function runTests({ folder, watch = false }: RunTestsOptions): Promise<number> {
  const tests = await findTests(folder);
  if (tests.length === 0) {
    throw new HeddleError("USAGE", "expected tests, but the folder holds no *.test.ts", {
      where: folder,
      remedy: "Write one that calls mountFilter of heddle/test; `heddle new` shows how.",
    });
  }
  const args = ["--import", SELF_RESOLUTION, "--test", ...(watch ? ["--watch"] : []), ...tests];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: "inherit",
    env: environment(),
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

async function findTests(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new HeddleError("USAGE", "expected the folder of a filter, but it cannot be read", { where: folder, cause });
  });
  return names
    .filter((name) => name.endsWith(".test.ts") && !name.split(/[\\/]/).includes("node_modules"))
    .map((name) => join(".", name))
    .sort();
}

/** A test run inside a test run would report to the outer one instead of the terminal. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  return rest;
}
