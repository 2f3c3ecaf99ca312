/** Rows as aligned columns, the first row being the heading: text to the left, everything after it to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

export function printTable(rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${formatTable(rows)}\n`);
}

/** The last line of every bench: one JSON object. */
export function printResult(result: { readonly bench: string; readonly [key: string]: unknown }): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
