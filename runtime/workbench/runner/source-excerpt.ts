import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The line that the innermost frame of the filter's own files is at, and a mark under its column; nothing where it cannot be read.
 *
 * @param frames `file:line:column` of each, innermost first
 * @param folder of the filter
 */
export function sourceExcerpt(frames: readonly string[], folder: string): string[] {
  const own = frames.find((frame) => !frame.startsWith("~lib/"));
  const [, file = "", line = "", column = ""] = /^(.+):(\d+):(\d+)$/.exec(own ?? "") ?? [];
  const text = lineOf(join(folder, file), Number(line));
  if (file === "" || text === undefined || text.length > SHOWN) return [];
  const number = `${line} | `;
  // Tabs stay, so that the mark stands where the terminal puts what it marks.
  const indent = text.slice(0, Number(column) - 1).replace(/[^\t]/g, " ");
  return [`${number}${text}`, `${" ".repeat(number.length - 2)}| ${indent}^`];
}

/** Characters of a line that fits a terminal well enough. */
const SHOWN = 160;

function lineOf(path: string, line: number): string | undefined {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
}
