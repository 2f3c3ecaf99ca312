import { isAbsolute, relative } from "node:path";
import type { CaseFailure } from "../cases/run-case.ts";
import { duration, plural, type Screen } from "../screen.ts";
import type { SnapshotCounts } from "../snapshots/snapshot-file.ts";
import type { TestFailure, TestResult } from "./messages.ts";
import { sourceExcerpt } from "./source-excerpt.ts";

/** Prints what tests did: a line each, under the name of their file, and why where one failed. */
export interface TestReport {
  result(result: TestResult): void;
  snapshots(counts: readonly SnapshotCounts[]): void;
  /** The last line. @param elapsed milliseconds */
  summary(elapsed: number): void;
  readonly failed: number;
  /** Tests that ran. */
  readonly ran: number;
}

export function createTestReport(screen: Screen, folder: string): TestReport {
  const counts = { pass: 0, fail: 0, skip: 0 };
  const near = (path: string): string => (isAbsolute(path) ? relative(folder, path) : path);
  let heading = "";
  return {
    result(result) {
      counts[result.outcome] += 1;
      const file = near(result.file);
      if (file !== heading) screen.print(`${heading === "" ? "" : "\n"}${screen.paint("bold", file)}`);
      heading = file;
      screen.print(resultLine(result, screen));
      if (result.failure !== undefined)
        for (const line of failureLines(result.failure, { near, folder, screen })) screen.print(line);
    },
    snapshots(all) {
      const lines = all.flatMap((one) => snapshotLines(one, near, screen));
      for (const line of lines.length > 0 ? ["", ...lines] : []) screen.print(line);
    },
    summary(elapsed) {
      const parts = [
        counts.fail > 0 && screen.paint("red", `${counts.fail} failed`),
        (counts.pass > 0 || counts.fail === 0) && screen.paint("green", `${counts.pass} passed`),
        counts.skip > 0 && screen.paint("yellow", `${counts.skip} skipped`),
      ];
      screen.print(`\n${parts.filter(Boolean).join(", ")} ${screen.paint("dim", `in ${duration(elapsed)}`)}`);
    },
    get failed() {
      return counts.fail;
    },
    get ran() {
      return counts.pass + counts.fail;
    },
  };
}

const MARKS = { pass: ["green", "✓"], fail: ["red", "✗"], skip: ["yellow", "–"] } as const;
/** Milliseconds from which on a test says how long it took. */
const SLOW = 100;

function resultLine({ outcome, names, duration: took }: TestResult, screen: Screen): string {
  const [colour, mark] = MARKS[outcome];
  const time = took < SLOW ? "" : ` ${screen.paint("dim", duration(took))}`;
  return `  ${screen.paint(colour, mark)} ${names.join(screen.paint("dim", " › "))}${time}`;
}

type Near = (path: string) => string;

interface Surroundings {
  readonly near: Near;
  readonly folder: string;
  readonly screen: Screen;
}

function failureLines(failure: TestFailure, { near, folder, screen }: Surroundings): string[] {
  const { message, place, fields = [], frames = [] } = failure;
  const file = place === undefined ? "" : near(place.replace(/:\d+(:\d+)?$/, ""));
  const at = place === undefined ? undefined : `${file}${place.slice(place.search(/:\d+(:\d+)?$/))}`;
  const words = message === "" ? [] : message.trimEnd().split("\n");
  return [
    ...words.map((line) => diffLine(line, screen)),
    ...fields.flatMap((field) => fieldLines(field, file, screen)),
    ...(frames.length > 0 ? [screen.paint("dim", "in the filter")] : []),
    ...frames.map((frame) => `  at ${screen.paint("cyan", frame)}`),
    ...sourceExcerpt(frames, folder).map((line) => `     ${line}`),
    ...(fields.length === 0 && at !== undefined ? [screen.paint("cyan", at)] : []),
  ].map((line) => `      ${line}`.trimEnd());
}

function fieldLines({ field, expected, actual, line }: CaseFailure, file: string, screen: Screen): string[] {
  return [
    `${screen.paint("bold", field)}  ${screen.paint("cyan", `${file}:${line}`)}`,
    `  expected  ${screen.paint("green", expected)}`,
    `  got       ${screen.paint("red", actual)}`,
  ];
}

/** Node's assertions print differences as lines that begin with a sign. */
function diffLine(line: string, screen: Screen): string {
  if (/^\+ /.test(line)) return screen.paint("green", line);
  return /^- /.test(line) ? screen.paint("red", line) : line;
}

function snapshotLines({ file, written, updated, obsolete }: SnapshotCounts, near: Near, screen: Screen): string[] {
  const done = [written > 0 && `${plural(written, "snapshot")} written`, updated > 0 && `${updated} updated`];
  const lines = done.some(Boolean) ? [`${done.filter(Boolean).join(", ")} in ${near(file)}`] : [];
  if (obsolete.length === 0) return lines;
  const heading = `${plural(obsolete.length, "snapshot")} in ${near(file)} that no test asks for; --update removes:`;
  return [...lines, screen.paint("yellow", heading), ...obsolete.map((name) => `  ${name}`)];
}
