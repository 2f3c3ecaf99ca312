import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { type BodyRun, runBodies } from "./bodies.ts";
import { measureCpu } from "./cpu-load.ts";
import { soakGuests } from "./guest-memory.ts";
import { startHeddle } from "./peer/heddle.ts";
import { FIVE } from "./peer/heddle-mesh.ts";
import { startUpstream } from "./peer/upstream.ts";
import { residentBytes } from "./resident.ts";
import { withServers } from "./servers.ts";
import { printShows } from "./shows.ts";
import { printResult, printTable } from "./table.ts";

const PARTS = ["idle", "body", "guest"];

export const help = `Resident memory of heddle proxy with one worker: idle with five plugins loaded, and while 1 GB (100 MB with --quick) passes up and down,
with a reader that pauses for a second, without filters and through one that rewrites every piece; guest memory over one million requests (50,000 with --quick), in both memory modes.

  --only PART,PART   ${PARTS.join(", ")}`;

export const run: Bench["run"] = async ({ quick, args }) => {
  const { values } = parseArgs({ args: [...args], options: { only: { type: "string" } } });
  const parts = values.only?.split(",") ?? PARTS;
  const wrong = parts.find((part) => !PARTS.includes(part));
  if (wrong !== undefined) throw new Error(`--only: expected some of ${PARTS.join(", ")}, got "${wrong}"`);
  const wants = (part: string): boolean => parts.includes(part);
  // The first start compiles what is new, with a compiler of 20 MB in each thread; measured ones find it compiled.
  if (wants("idle") || wants("body")) await idleAfter(0);
  const idle = wants("idle") ? await idleAfter(QUIET) : undefined;
  const bodies = wants("body") ? await runBodies(quick ? 1e8 : 1e9) : [];
  if (idle !== undefined || bodies.length > 0) printResident(idle, bodies);
  const guest = wants("guest") ? await soakGuests(quick) : undefined;
  const resident = {
    idle: megabytes(idle),
    body: bodies.length === 0 ? null : megabytes(Math.max(...bodies.map(growth))),
  };
  printShows("memory", resident);
  printResult({ bench: "memory", resident, unit: "MB", ...(guest && { guest }) });
  if (guest?.flat === false) process.exitCode = 1;
};

/** Seconds after the last request until a process counts as idle. */
const QUIET = 5;

/** With five plugins loaded and used. */
function idleAfter(seconds: number): Promise<number> {
  return withServers(async (start) => {
    const upstream = await start(startUpstream(1, 1024));
    const options = { name: "heddle", upstream: upstream.port, cpu: "any", plugins: FIVE, workers: 1 } as const;
    const heddle = await start(startHeddle(options));
    await measureCpu(heddle, { connections: 1, cpu: 1 }, 1);
    await pause(seconds * 1000);
    return residentBytes(heddle.pid);
  });
}

function growth({ before, peak }: BodyRun): number {
  return peak - before;
}

function megabytes(bytes: number | undefined): number | null {
  return bytes === undefined ? null : Math.round(bytes / 1e5) / 10;
}

function printResident(idle: number | undefined, bodies: readonly BodyRun[]): void {
  const cell = (bytes: number | undefined): string => (bytes === undefined ? "-" : (bytes / 1e6).toFixed(1));
  printTable([
    ["resident MB", "before", "peak", "above"],
    ...(idle === undefined ? [] : [["idle, five plugins", cell(idle), "", ""]]),
    ...bodies.map((one) => [one.what, cell(one.before), cell(one.peak), cell(growth(one))]),
  ]);
  process.stdout.write("\n");
}
