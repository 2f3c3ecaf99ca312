import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HeddleError } from "../../errors.ts";

export interface FoundTests {
  /** Absolute paths of `*.test.ts`, sorted. */
  readonly tests: readonly string[];
  /** Of `*.cases.yaml`. */
  readonly cases: readonly string[];
}

/** Folders whose files are not the filter's. */
export const FOREIGN = /(^|[\\/])(node_modules|dist|__snapshots__|\.[^\\/]+)([\\/]|$)/;

/**
 * Finds the tests of a filter.
 *
 * @param folder absolute
 * @throws USAGE when the folder cannot be read or holds none
 */
export async function findTests(folder: string, where: string): Promise<FoundTests> {
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new HeddleError("USAGE", "expected the folder of a filter, but it cannot be read", { where, cause });
  });
  const paths = names
    .filter((name) => !FOREIGN.test(name))
    .map((name) => join(folder, name))
    .sort();
  const found = { tests: paths.filter((path) => isTest(path)), cases: paths.filter((path) => isCases(path)) };
  if (found.tests.length + found.cases.length > 0) return found;
  throw new HeddleError("USAGE", "expected tests, but the folder holds no *.test.ts and no *.cases.yaml", {
    where,
    remedy: "Write one; `heddle new` shows how, and docs/testing.md.",
  });
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

export function isCases(path: string): boolean {
  return /\.cases\.ya?ml$/.test(path);
}
