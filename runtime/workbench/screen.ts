/** Where the workbench writes for a person. */
export interface Screen {
  print(line: string): void;
  /** Colours where they will be seen. */
  paint(style: "red" | "green" | "yellow" | "cyan" | "dim" | "bold", text: string): string;
}

/** `1 test`, `2 tests`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** `12 ms`, `3.4 s`. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
