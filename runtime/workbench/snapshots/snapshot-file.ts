import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { stringify } from "yaml";
import { parseDocuments } from "../../config/parse.ts";
import { HeddleError } from "../../errors.ts";
import { compareEffects, type EffectDifference } from "../../wasm/compare-effects.ts";

/** What became of the snapshots of one test file. */
export interface SnapshotCounts {
  /** The file that they are kept in. */
  readonly file: string;
  readonly written: number;
  readonly updated: number;
  /** Names that no test asked for. */
  readonly obsolete: readonly string[];
}

/** The snapshots of one test file: plain data by the test's name, as YAML in `__snapshots__` beside it. */
export interface SnapshotFile {
  /** Undefined when the value is as it was kept, or is kept from now on; else how it differs. */
  match(name: string, value: object): readonly EffectDifference[] | undefined;
  /** Writes what changed. @param complete whether every test of the file ran, so that what nobody asked for is obsolete */
  finish(complete: boolean): SnapshotCounts;
}

export interface SnapshotOptions {
  /** Keeps what comes, and drops what is obsolete. */
  readonly update: boolean;
  /** Whether a snapshot that is not there yet is a failure, as where nobody would commit it. */
  readonly frozen: boolean;
}

const HEADING = "# Written by heddle test; `heddle test --update` writes it anew. Commit it.\n";

/** @throws CASES_INVALID when the file was spoiled */
export function openSnapshots(testFile: string, { update, frozen }: SnapshotOptions): SnapshotFile {
  const file = snapshotPath(testFile);
  const kept = read(file);
  const asked = new Set<string>();
  let [written, updated] = [0, 0];
  return {
    match(name, value) {
      asked.add(name);
      const plain = JSON.parse(JSON.stringify(value)) as object;
      const known = kept.get(name);
      if (known === undefined && frozen && !update)
        return [{ field: "snapshot", before: undefined, after: "a new one" }];
      const differences = known === undefined ? [] : compareEffects(known, plain);
      if (known !== undefined && differences.length === 0) return undefined;
      if (known !== undefined && !update) return differences;
      kept.set(name, plain);
      if (known === undefined) written += 1;
      else updated += 1;
      return undefined;
    },
    finish(complete) {
      const obsolete = complete ? [...kept.keys()].filter((name) => !asked.has(name)) : [];
      if (update) for (const name of obsolete) kept.delete(name);
      if (written + updated > 0 || (update && obsolete.length > 0)) write(file, kept);
      const counts = { file, written, updated, obsolete };
      [written, updated] = [0, 0];
      return counts;
    },
  };
}

/** `__snapshots__/my-filter.test.yaml` for `my-filter.test.ts`. */
export function snapshotPath(testFile: string): string {
  return join(dirname(testFile), "__snapshots__", `${basename(testFile).replace(/\.(ts|yaml)$/, "")}.yaml`);
}

function read(file: string): Map<string, object> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return new Map();
  }
  const [document] = parseDocuments(text);
  if (document === undefined) return new Map();
  const value = document.value as Record<string, object> | null;
  if (document.problems.length === 0 && typeof value === "object" && value !== null)
    return new Map(Object.entries(value));
  throw new HeddleError("CASES_INVALID", "expected snapshots by name, got something else", {
    where: `${file}:${document.line}`,
    remedy: "Delete the file and run `heddle test` again.",
  });
}

function write(file: string, kept: ReadonlyMap<string, object>): void {
  if (kept.size === 0) {
    rmSync(file, { force: true });
    return;
  }
  const sorted = [...kept].sort(([a], [b]) => (a < b ? -1 : 1));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${HEADING}${stringify(Object.fromEntries(sorted), { lineWidth: 0 })}`);
}
