import { join } from "node:path";
import { HeddleError } from "../../errors.ts";
import { filterFiles } from "../filter-files.ts";

export interface FoundTests {
  /** Absolute paths of `*.test.ts`, sorted. */
  readonly tests: readonly string[];
  /** Of `*.cases.yaml`. */
  readonly cases: readonly string[];
}

/**
 * Finds the tests of a filter.
 *
 * @param folder absolute
 * @throws USAGE when the folder cannot be read or holds none
 */
export function findTests(folder: string, where: string): FoundTests {
  const paths = filesOf(folder, where).map((name) => join(folder, name));
  const found = { tests: paths.filter((path) => isTest(path)), cases: paths.filter((path) => isCases(path)) };
  if (found.tests.length + found.cases.length > 0) return found;
  throw new HeddleError("USAGE", "expected tests, but the folder holds no *.test.ts and no *.cases.yaml", {
    where,
    remedy: "Write one; `heddle new` shows how, and docs/testing.md.",
  });
}

function filesOf(folder: string, where: string): string[] {
  try {
    return filterFiles(folder);
  } catch (cause) {
    throw new HeddleError("USAGE", "expected the folder of a filter, but it cannot be read", { where, cause });
  }
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

export function isCases(path: string): boolean {
  return /\.cases\.ya?ml$/.test(path);
}
