import {
  BARE,
  CONTROL,
  canJudge,
  type Figure,
  quantile,
  ratioOfWindows,
  type ServerWindows,
  shareOver,
  type WindowLimits,
} from "./latency-windows.ts";
import { printShows } from "./shows.ts";
import { formatSpread, rounded } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";

/** What was measured beside the windows. */
export interface Surroundings {
  readonly rate: number;
  readonly window: number;
  readonly piece: number;
  readonly limits: WindowLimits;
  /** Lines about what could not be started. */
  readonly missing: readonly string[];
  /** Milliseconds by server: p50 of one connection that is alone. */
  readonly alone: ReadonlyMap<string, number>;
  /** A run of seconds, which cannot judge and need not. */
  readonly quick: boolean;
}

/** Milliseconds. */
const [LONG, VERY_LONG] = [2, 10] as const;

const p50: Figure = (window) => window.p50;
const p99: Figure = (window) => window.p99;

/** A table for people, what is promised, and the last line. @param servers nginx first */
export function printLatencies(servers: readonly ServerWindows[], surroundings: Surroundings): void {
  const [reference, ...subjects] = servers;
  if (reference === undefined) return;
  const { rate, window, piece, limits, missing, alone, quick } = surroundings;
  printTable([HEADING, ...servers.map((one) => row(one, reference, alone)), ...missing.map((line) => [line])]);
  const figures = (figure: Figure) =>
    Object.fromEntries(
      subjects
        .filter(({ name }) => name !== BARE)
        .map((one) => [`${one.name}/nginx`, rounded(ratioOfWindows(one, reference, figure))]),
    );
  const ratios = figures(p99);
  const control = ratios[`${CONTROL}/nginx`];
  const judges = canJudge(control);
  process.stdout.write(judges ? "" : `\nnginx against nginx gave ${control}: this run judges nothing\n`);
  printShows("latency", judges ? ratios : {});
  const over = Object.fromEntries(
    servers.map(({ name, kept }) => [name, [LONG, VERY_LONG].map((bound) => three(shareOver(kept, bound)))]),
  );
  const everything = Object.fromEntries(servers.map((one) => [one.name, three(one.everything.p99)]));
  const windows = Object.fromEntries(servers.map(({ name, kept, dropped }) => [name, { kept: kept.length, dropped }]));
  const [json, shape] = [
    { ratios, p50: figures(p50), judges },
    { rate, window, piece, limits },
  ];
  const single = Object.fromEntries([...alone].map(([name, p50]) => [name, three(p50)]));
  printResult({ bench: "latency", ...json, over, everything, alone: single, windows, ...shape });
  if (!judges && !quick) process.exitCode = 1;
}

const HEADING = [
  ...["us", "p50", "p99: median (quartiles)", "p99 / nginx"],
  ...[`p99 over ${LONG} ms`, `over ${VERY_LONG} ms`, "p99 of everything", "one connection, p50", "windows", "dropped"],
];

function row(one: ServerWindows, reference: ServerWindows, alone: ReadonlyMap<string, number>): string[] {
  const { name, kept, dropped, everything, saturated } = one;
  const us = (milliseconds: number): string => (milliseconds * 1000).toFixed(0);
  const at = (share: number): string => us(quantile(kept, p99, share));
  const ratio = one === reference ? "1" : formatSpread(name === BARE ? undefined : ratioOfWindows(one, reference, p99));
  const percent = (bound: number): string => `${(shareOver(kept, bound) * 100).toFixed(1)} %`;
  const latencies = [us(quantile(kept, p50, 0.5)), `${at(0.5)} (${at(0.25)}..${at(0.75)})`];
  return [
    ...[name, ...(saturated ? ["cannot keep up", "-"] : latencies), ratio, percent(LONG), percent(VERY_LONG)],
    ...[us(everything.p99), us(alone.get(name) ?? Number.NaN), String(kept.length), String(dropped)],
  ];
}

function three(value: number): number {
  return Number(value.toFixed(3));
}
