import { join } from "node:path";
import { findPeer } from "../test/peer.ts";
import { type Pinning, runPinned } from "./pinned.ts";
import { HEADERS, PATH } from "./request.ts";

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** Whole seconds for wrk. */
  readonly seconds: number;
  readonly cpu: Pinning;
  /** Over TLS, which only wrk can. */
  readonly tls?: boolean;
}

/** What a closed loop on keep-alive connections saw. */
export interface LoadResult {
  readonly requests: number;
  /** Seconds. */
  readonly elapsed: number;
  /** Answers other than 200 and connections that broke. */
  readonly failed: number;
  /** Milliseconds; undefined where the generator does not say. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** Runs requests in a closed loop: with wrk where it is installed, else with our own generator. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const wrk = findPeer("wrk");
  return wrk === undefined ? runOwn(options) : runWrk(wrk, options);
}

/** The name of the generator that `runLoad` takes here. */
export function loadGenerator(): string {
  return findPeer("wrk") === undefined ? "own generator" : "wrk";
}

async function runWrk(wrk: string, { port, connections, seconds, cpu, tls }: LoadOptions): Promise<LoadResult> {
  const headers = HEADERS.flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const shape = ["-t1", `-c${connections}`, `-d${Math.max(1, Math.round(seconds))}s`, "--latency"];
  const args = [...shape, ...headers, `http${tls ? "s" : ""}://127.0.0.1:${port}${PATH}`];
  return parseWrk(await runPinned({ command: wrk, args, cpu }));
}

/** Reads the report of `wrk --latency`. @throws Error when it has no request count. */
export function parseWrk(report: string): LoadResult {
  const total = /(\d+) requests in ([\d.]+(?:us|ms|s|m|h))/.exec(report);
  if (total === null) throw new Error(`expected a report of wrk, got: ${report.slice(0, 200)}`);
  const sockets = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(report)?.slice(1).map(Number) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? 0);
  return {
    requests: Number(total[1]),
    elapsed: milliseconds(total[2]) / 1000,
    failed: sockets.reduce((sum, count) => sum + count, refused),
    p50: percentile(report, 50),
    p99: percentile(report, 99),
  };
}

function percentile(report: string, percent: number): number | undefined {
  const text = new RegExp(`^\\s+${percent}%\\s+(\\S+)`, "m").exec(report)?.[1];
  return text === undefined ? undefined : milliseconds(text);
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(text = ""): number {
  const [, number, unit] = /^([\d.]+)(us|ms|s|m|h)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit ?? ""] ?? Number.NaN);
}

async function runOwn({ port, connections, seconds, cpu }: LoadOptions): Promise<LoadResult> {
  const args = [join(import.meta.dirname, "load-generator.ts"), String(port), String(connections), String(seconds)];
  return JSON.parse(await runPinned({ command: process.execPath, args, cpu })) as LoadResult;
}
