import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Paths in a filter's folder that are not the filter's. */
export const FOREIGN = /(^|[\\/])(node_modules|dist|coverage|__snapshots__|\.[^\\/]+)([\\/]|$)/;

/**
 * Paths, within the folder, of every file that is the filter's own, sorted. What is foreign is not entered: a folder of
 * dependencies holds thousands of files.
 *
 * @throws what the file system does
 */
export function filterFiles(folder: string): string[] {
  const found: string[] = [];
  const enter = (within: string): void => {
    for (const entry of readdirSync(join(folder, within), { withFileTypes: true })) {
      const path = join(within, entry.name);
      if (FOREIGN.test(path)) continue;
      if (entry.isDirectory()) enter(path);
      else found.push(path);
    }
  };
  enter("");
  return found.sort();
}
