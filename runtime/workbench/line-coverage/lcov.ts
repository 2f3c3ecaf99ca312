import { join } from "node:path";
import type { FileCoverage, Ratio } from "./file-coverage.ts";

/** The tracefile of `geninfo(1)`, which editors and CI services read. @param folder of the filter, as paths should begin */
export function lcov(files: readonly FileCoverage[], folder: string): string {
  return files.map((file) => record(file, folder)).join("");
}

function record(file: FileCoverage, folder: string): string {
  const { hits, functions, arms, lineRatio, functionRatio, branchRatio } = file;
  const unique = functions.map((one, at) => ({
    ...one,
    name: `${one.name}${isTwice(functions, at) ? `:${one.line}` : ""}`,
  }));
  return `${[
    "TN:",
    `SF:${join(folder, file.file)}`,
    ...unique.map(({ line, name }) => `FN:${line},${name}`),
    ...unique.map(({ count, name }) => `FNDA:${count},${name}`),
    ...totals("FN", functionRatio),
    ...arms.map(({ line, branch, arm, count }) => `BRDA:${line},${branch},${arm},${count}`),
    ...totals("BR", branchRatio),
    ...hits.map(([line, count]) => `DA:${line},${count}`),
    ...totals("L", lineRatio),
    "end_of_record",
  ].join("\n")}\n`;
}

function isTwice(functions: FileCoverage["functions"], at: number): boolean {
  return functions.some(({ name }, other) => other !== at && name === functions[at]?.name);
}

function totals(kind: string, { hit, found }: Ratio): string[] {
  return [`${kind}F:${found}`, `${kind}H:${hit}`];
}
