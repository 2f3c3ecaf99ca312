import type { OpenLoopResult, OpenLoopWindow } from "./open-loop.ts";
import { percentile, type Spread, spreadOf } from "./statistics.ts";

/** When a window says nothing about its server. */
export interface WindowLimits {
  /** Milliseconds that the generator may have kept itself from its sockets. */
  readonly own: number;
  /** CPU that others may use, in cores. */
  readonly foreign: number;
}

/** What its windows say about a server. */
export interface ServerWindows {
  readonly name: string;
  /** In the order in which they were run. */
  readonly kept: readonly OpenLoopWindow[];
  readonly dropped: number;
  /** Milliseconds over every request of every window, those of dropped ones too. */
  readonly everything: OpenLoopResult["everything"][number];
  /** Whether it fell behind in most of its windows: it has no latency at this rate. */
  readonly saturated: boolean;
}

/** Milliseconds after its last request was due in which a server that keeps up has answered, in most windows. */
const BEHIND = 10;

/** Windows by server. @param names in the order of the plan's ports */
export function sortWindows(
  { windows, everything }: OpenLoopResult,
  names: readonly string[],
  limits: WindowLimits,
): ServerWindows[] {
  return names.map((name, server) => {
    const all = windows.filter((window) => window.server === server);
    const kept = all.filter((window) => name === BARE || isClean(window, limits));
    const saturated = quantile(all, ({ behind }) => behind, 0.5) > BEHIND;
    const nothing = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
    return { name, kept, dropped: all.length - kept.length, everything: everything[server] ?? nothing, saturated };
  });
}

/** The bounds look at generator and machine alone, never at what a server did. */
function isClean({ own, foreign, stolen }: OpenLoopWindow, limits: WindowLimits): boolean {
  return own < limits.own && stolen === 0 && foreign <= limits.foreign;
}

/** Generator and upstream alone: what of a latency is not the proxy's. Its windows come last, and all are kept: they judge nobody. */
export const BARE = "(no proxy)";

/** A second instance of the reference. */
export const CONTROL = "nginx again";

/** Whether a run can tell anything: the reference against itself must come out at 1, within 0.15. */
export function canJudge(control: number | null | undefined): boolean {
  return typeof control === "number" && control >= 0.85 && control <= 1.15;
}

/** One number of a window, or one of each of its pieces. */
export type Figure = (window: OpenLoopWindow) => number | readonly number[];

/** NaN without windows. */
export function quantile(windows: readonly OpenLoopWindow[], figure: Figure, share: number): number {
  return percentile(
    windows.flatMap(figure).sort((a, b) => a - b),
    share,
  );
}

/** The share of pieces whose p99 is above so many milliseconds. */
export function shareOver(windows: readonly OpenLoopWindow[], milliseconds: number): number {
  const pieces = windows.flatMap(({ p99 }) => p99);
  return pieces.filter((p99) => p99 > milliseconds).length / pieces.length;
}

/** Parts of a run whose ratios say how much the ratio of the whole can be trusted. */
const PARTS = 5;

/**
 * The median of a server's windows, or of their pieces, over that of the reference's: of all of them, with the lowest and highest ratio of five
 * parts of the run. Medians of many windows, not of ratios of neighbours: the mean of two windows of the reference, where
 * one in five is long, is more than the window between them more often than less. Undefined where one has no windows.
 */
export function ratioOfWindows(one: ServerWindows, reference: ServerWindows, figure: Figure): Spread | undefined {
  const of = (a: readonly OpenLoopWindow[], b: readonly OpenLoopWindow[]) =>
    medianOf(a.flatMap(figure)) / medianOf(b.flatMap(figure));
  const parts = Array.from({ length: PARTS }, (_, part) => of(partOf(one.kept, part), partOf(reference.kept, part)));
  const spread = spreadOf(parts.filter(Number.isFinite));
  if (spread === undefined) return undefined;
  // Who cannot keep up misses every bound.
  if (one.saturated) return { median: Number.POSITIVE_INFINITY, min: spread.min, max: Number.POSITIVE_INFINITY };
  return { ...spread, median: of(one.kept, reference.kept) };
}

function medianOf(figures: readonly number[]): number {
  return spreadOf(figures)?.median ?? Number.NaN;
}

function partOf<T>(items: readonly T[], part: number): T[] {
  const edge = (at: number): number => Math.round((at * items.length) / PARTS);
  return items.slice(edge(part), edge(part + 1));
}
