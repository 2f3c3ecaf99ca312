import { HeddleError } from "../errors.ts";

/** One thing that the compiler reported, at a place in a source file. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** AssemblyScript's number of the message. */
  readonly code: number;
  readonly message: string;
  /** Name of the source: a path in the filter's folder, or `~lib/...`. */
  readonly file: string;
  /** From 1; 0 when unknown. */
  readonly line: number;
  readonly column: number;
  /** The line's text, and how many characters from the column on the message is about. */
  readonly excerpt?: Excerpt | undefined;
}

export interface Excerpt {
  readonly text: string;
  readonly length: number;
}

/** A message as the compiler gives it. */
export interface RawDiagnostic {
  readonly category: number;
  readonly code: number;
  readonly message: string;
  readonly range: {
    readonly start: number;
    readonly end: number;
    readonly source: { readonly normalizedPath: string } | null;
  } | null;
}

/** AssemblyScript's categories: 0 pedantic, 1 info, 2 warning, 3 error. */
const WARNING = 2;
const ERROR = 3;

/** A compiler's message as a diagnostic; undefined for a mere remark. */
export function toDiagnostic(raw: RawDiagnostic, textOf: (file: string) => string): Diagnostic | undefined {
  if (raw.category < WARNING) return undefined;
  const file = raw.range?.source?.normalizedPath ?? "";
  const text = file === "" ? "" : textOf(file);
  const before = text.slice(0, raw.range?.start ?? 0);
  const severity = raw.category === ERROR ? "error" : "warning";
  const line = file === "" ? 0 : before.split("\n").length;
  const column = file === "" ? 0 : before.length - before.lastIndexOf("\n");
  const length = Math.max(1, (raw.range?.end ?? 0) - (raw.range?.start ?? 0));
  const excerpt = file === "" ? undefined : { text: text.split("\n")[line - 1] ?? "", length };
  return { severity, code: raw.code, message: raw.message, file, line, column, excerpt };
}

/** `file:line:column - error 123: words`, and below it the line with a mark under what is meant. */
function formatDiagnostic(diagnostic: Diagnostic, folder: string): string {
  const { severity, code, message, line, column, excerpt } = diagnostic;
  const heading = `${placeOf(diagnostic, folder)} - ${severity} ${code}: ${message}`;
  return excerpt === undefined ? heading : [heading, ...markedLine(excerpt, line, column)].join("\n");
}

/** Characters of a line that is shown: a generated one may have thousands. */
const SHOWN = 160;

function markedLine({ text, length }: Excerpt, line: number, column: number): string[] {
  if (column > SHOWN) return [];
  const shown = text.slice(0, SHOWN).trimEnd();
  const number = `  ${line} | `;
  // Tabs stay, so that the mark stands where the terminal puts what it marks.
  const indent = shown.slice(0, column - 1).replace(/[^\t]/g, " ");
  const mark = "^".repeat(Math.max(1, Math.min(length, shown.length - column + 1)));
  return [`${number}${shown}`, `${" ".repeat(number.length - 2)}| ${indent}${mark}`];
}

/** The BUILD_COMPILE error for what the compiler reported. */
export function compileError(diagnostics: readonly Diagnostic[], folder: string): HeddleError {
  const [first] = diagnostics;
  const where = first === undefined ? folder : placeOf(first, folder);
  const lines = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, folder));
  return new HeddleError("BUILD_COMPILE", lines.join("\n"), { where });
}

/** `file:line:column`, the file as a person in this working directory would write it. */
export function placeOf({ file, line, column }: Pick<Diagnostic, "file" | "line" | "column">, folder: string): string {
  if (file === "") return folder;
  const path = folder === "." || file.startsWith("~lib/") ? file : `${folder}/${file}`;
  return `${path}:${line}:${column}`;
}
