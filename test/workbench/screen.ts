import type { Screen } from "../../runtime/workbench/screen.ts";

/** A screen that keeps its lines. */
export function keptScreen(): Screen & { readonly lines: string[]; readonly text: string } {
  const lines: string[] = [];
  return {
    lines,
    get text() {
      return lines.join("\n");
    },
    print: (line) => void lines.push(...line.split("\n")),
    paint: (_, text) => text,
  };
}
