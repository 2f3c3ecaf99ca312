import { openSnapshots, type SnapshotCounts, type SnapshotFile, type SnapshotOptions } from "./snapshot-file.ts";

/** The variable by which `heddle test --update` reaches the process that runs the tests. */
export const UPDATE_VARIABLE = "HEDDLE_UPDATE_SNAPSHOTS";

const open = new Map<string, SnapshotFile>();

/** The snapshots of a test file, for as long as this process runs. */
export function snapshotsOf(testFile: string): SnapshotFile {
  const known = open.get(testFile);
  if (known !== undefined) return known;
  if (open.size === 0) process.once("exit", () => finishSnapshots(() => false));
  const file = openSnapshots(testFile, options());
  open.set(testFile, file);
  return file;
}

/** Writes what changed. @param isComplete whether all tests of a test file ran */
export function finishSnapshots(isComplete: (testFile: string) => boolean): SnapshotCounts[] {
  return [...open].map(([testFile, file]) => file.finish(isComplete(testFile)));
}

function options(): SnapshotOptions {
  const { [UPDATE_VARIABLE]: update = "", CI = "" } = process.env;
  return { update: update !== "", frozen: CI !== "" && CI !== "false" };
}
