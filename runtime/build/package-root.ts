import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package: the one that holds `sdk/` and `wit/`, in the repository and when installed. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(join(folder, "sdk", "index.ts")) && existsSync(join(folder, "wit", "policy.wit"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("heddle is not installed completely: sdk/ and wit/ are missing");
  return findRoot(parent);
}
