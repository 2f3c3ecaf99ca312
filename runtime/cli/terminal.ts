import { styleText } from "node:util";
import type { Screen } from "../workbench/screen.ts";

type Style = Parameters<typeof styleText>[0];

/** Where a command writes. Data goes to standard output, everything said to a person goes to standard error. */
export interface Terminal {
  /** A line of the command's result. */
  print(line: string): void;
  /** The result as JSON, one document on one line. */
  json(value: unknown): void;
  /** A line for the person who watches: progress, hints, warnings. */
  say(line: string): void;
  /** Colours only where they will be seen: a terminal, and NO_COLOR unset. */
  paint(style: Style, text: string): string;
  readonly interactive: boolean;
  /** Columns of standard output; undefined where nobody looks at it. */
  readonly columns?: number | undefined;
}

/** The process's own terminal. */
export function processTerminal(): Terminal {
  const interactive = process.stderr.isTTY === true;
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
    paint: (style, text) => styleText(style, text, { stream: process.stderr }),
    interactive,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  };
}

/** A terminal for results that a person reads: lines and colours of standard output. */
export function processScreen({ print }: Pick<Terminal, "print">): Screen {
  return { print, paint: (style, text) => styleText(style, text, { stream: process.stdout }) };
}

/** Rows as aligned columns; the first row is the heading. @param numbers columns, from 0, that end at the right */
export function table(rows: readonly (readonly string[])[], numbers: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (numbers.includes(column) ? cell.padStart : cell.padEnd).call(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
