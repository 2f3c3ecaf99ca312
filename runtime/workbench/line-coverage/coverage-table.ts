import type { Screen } from "../screen.ts";
import type { FileCoverage, Ratio } from "./file-coverage.ts";

/** A line for each file and one for all: what ran, and the lines that did not. */
export function coverageTable(files: readonly FileCoverage[], screen: Screen): string[] {
  const all: FileCoverage = { file: "all files", ...total(files), missed: [], hits: [], functions: [], arms: [] };
  const rows = [...files, all].map((one) => [one.file, ...ratios(one).map(percent), missing(one)]);
  const table = [["file", "lines", "functions", "branches", "never ran"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] as string).length)));
  return table.map((row, at) => {
    const cells = row.map((cell, column) => pad(cell, column, widths));
    const shares = at === 0 ? [] : ratios([...files, all][at - 1] as FileCoverage);
    const painted = cells.map((cell, column) => paint(cell, shares[column - 1], at, screen));
    return painted.join("  ").trimEnd();
  });
}

function ratios({ lineRatio, functionRatio, branchRatio }: Pick<FileCoverage, Ratios>): Ratio[] {
  return [lineRatio, functionRatio, branchRatio];
}

type Ratios = "lineRatio" | "functionRatio" | "branchRatio";

function total(files: readonly FileCoverage[]): Pick<FileCoverage, Ratios> {
  const sum = (ratio: Ratios): Ratio => ({
    hit: files.reduce((count, one) => count + one[ratio].hit, 0),
    found: files.reduce((count, one) => count + one[ratio].found, 0),
  });
  return { lineRatio: sum("lineRatio"), functionRatio: sum("functionRatio"), branchRatio: sum("branchRatio") };
}

function percent({ hit, found }: Ratio): string {
  return found === 0 ? "–" : `${Math.floor((hit / found) * 1000) / 10} %`;
}

function pad(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function paint(cell: string, ratio: Ratio | undefined, row: number, screen: Screen): string {
  if (row === 0) return screen.paint("dim", cell);
  if (ratio === undefined || ratio.found === 0) return cell;
  const share = ratio.hit / ratio.found;
  return screen.paint(share === 1 ? "green" : share >= 0.8 ? "yellow" : "red", cell);
}

/** Lines that never ran, and the lines of decisions that always went the same way. */
function missing({ missed, arms }: FileCoverage): string {
  const oneWay = arms.filter(({ count, line }) => count === 0 && !missed.includes(line)).map(({ line }) => line);
  const branches = oneWay.length === 0 ? "" : `one way only: ${ranges([...new Set(oneWay)])}`;
  return [ranges(missed), branches].filter((part) => part !== "").join("; ");
}

/** `3, 7-9, 12`. */
function ranges(lines: readonly number[]): string {
  const found: [first: number, last: number][] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === line - 1) last[1] = line;
    else found.push([line, line]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}
