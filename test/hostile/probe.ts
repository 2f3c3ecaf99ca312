import { fork } from "node:child_process";
import { once } from "node:events";

/** What the innocent route did since it was looked at last. */
export interface Sight {
  /** Milliseconds. */
  readonly latencies: readonly number[];
  /** Answers other than 200, and connections that broke. */
  readonly failures: number;
}

export interface Probe {
  look(): Promise<Sight>;
  close(): void;
}

export function startProbe(port: number): Probe {
  const child = fork(new URL("./probe-process.ts", import.meta.url), [String(port)]);
  return {
    async look() {
      child.send("look");
      const [sight] = await once(child, "message");
      return sight as Sight;
    },
    close: () => child.disconnect(),
  };
}

/** @param share 0.99 for the value that one in a hundred is above */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
