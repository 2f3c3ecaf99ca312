import type { Terminal } from "../../runtime/cli/terminal.ts";

/** A terminal that keeps what is written to it. */
export interface KeptTerminal extends Terminal {
  readonly printed: string[];
  readonly values: unknown[];
  readonly said: string[];
}

export function keptTerminal(): KeptTerminal {
  const [printed, values, said] = [[] as string[], [] as unknown[], [] as string[]];
  return {
    ...{ printed, values, said },
    print: (line) => void printed.push(...line.split("\n")),
    json: (value) => void values.push(value),
    say: (line) => void said.push(line),
    paint: (_, text) => text,
    interactive: false,
  };
}
