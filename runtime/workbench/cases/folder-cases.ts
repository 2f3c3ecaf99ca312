import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { isHeddleError } from "../../errors.ts";
import { findTests } from "../runner/find-tests.ts";
import type { FilterCase } from "./filter-case.ts";
import { parseCases } from "./parse-cases.ts";

/** Every case in a filter's folder, in the order of their files; none without a file of cases. @throws CASES_INVALID */
export async function folderCases(folder: string): Promise<FilterCase[]> {
  const files = await findTests(folder, folder).then(
    ({ cases }) => cases,
    (error) => {
      if (isHeddleError(error) && error.code === "USAGE") return [];
      throw error;
    },
  );
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return texts.flatMap((text, at) => parseCases(text, relative(folder, files[at] as string)));
}
