import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { isHeddleError } from "../../errors.ts";
import { type FoundTests, findTests } from "../runner/find-tests.ts";
import type { FilterCase } from "./filter-case.ts";
import { parseCases } from "./parse-cases.ts";

/** Every case in a filter's folder, in the order of their files; none without a file of cases. @throws CASES_INVALID */
export function folderCases(folder: string): FilterCase[] {
  const { cases } = testsOf(folder);
  return cases.flatMap((file) => parseCases(readFileSync(file, "utf8"), relative(folder, file)));
}

function testsOf(folder: string): Pick<FoundTests, "cases"> {
  try {
    return findTests(folder, folder);
  } catch (error) {
    if (isHeddleError(error) && error.code === "USAGE") return { cases: [] };
    throw error;
  }
}
