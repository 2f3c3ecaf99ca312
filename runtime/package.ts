import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of this package: the one that holds `sdk/` and `wit/`. Sources run from `<root>/runtime`, the compiled
 * package from `<root>/dist/runtime`, so that it is looked for upwards.
 */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

const manifest = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };

/** The version of this package. */
export const packageVersion = manifest.version;

function findRoot(folder: string): string {
  if (existsSync(join(folder, "sdk", "index.ts")) && existsSync(join(folder, "wit", "policy.wit"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("heddle is not installed completely: sdk/ and wit/ are missing");
  return findRoot(parent);
}
