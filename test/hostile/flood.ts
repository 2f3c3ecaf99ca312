import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { coreModule, hook } from "../wasm/guests.ts";
import type { Arena } from "./arena.ts";
import type { ArenaView } from "./messages.ts";
import type { Probe } from "./probe.ts";

export interface FloodSight {
  /** Requests to a route whose filter traps at each of them, by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of these, those that took longer than quarantine may. */
  readonly slow: number;
  readonly seconds: number;
  readonly before: ArenaView | undefined;
  readonly early: ArenaView | undefined;
  readonly late: ArenaView | undefined;
  /** Of the other route. */
  readonly failures: number;
}

const CONNECTIONS = 32;
/** Milliseconds within which quarantine answers, but for one request in a hundred. */
export const ANSWER = 5;

export const TRAPPER = coreModule(hook("on-request", "unreachable"));

/** Traps at every request, for so many seconds: what quarantine makes of it. */
export async function flood(arena: Arena, probe: Probe, seconds: number): Promise<FloodSight> {
  await probe.look();
  await arena.ask("serve", { bytes: TRAPPER, policy: "closed" });
  const before = await arena.ask("look", {});
  const script = fileURLToPath(new URL("./flood-process.ts", import.meta.url));
  const args = [script, String(arena.port), ...[CONNECTIONS, seconds, ANSWER].map(String)];
  const run = promisify(execFile)(process.execPath, args);
  await new Promise((resolve) => setTimeout(resolve, seconds * 200));
  const early = await arena.ask("look", {});
  const { stdout } = await run;
  const late = await arena.ask("look", {});
  const { failures } = await probe.look();
  const { statuses, late: slow } = JSON.parse(stdout) as { statuses: Record<string, number>; late: number };
  return { statuses, slow, seconds, before, early, late, failures };
}

/** Bytes that a process may grow by while nothing is kept: what its collectors have not got around to. */
const SLACK = 64 << 20;

/** Why the flood was not contained; undefined when it was. */
export function whyNotWithstood({ statuses, before, early, late, failures, seconds }: FloodSight): string | undefined {
  if (before === undefined || early === undefined || late === undefined) return "the proxy did not answer";
  if (failures > 0) return `${failures} requests of another route failed`;
  if (late.restarts > before.restarts) return "a worker had to be replaced";
  if ((statuses[0] ?? 0) > 0) return `${statuses[0]} connections broke`;
  const trapped = (late.faults.GUEST_TRAP ?? 0) - (before.faults.GUEST_TRAP ?? 0);
  // Two threads, five faults each, and a trial or two after 1, 2, 4 … seconds.
  if (trapped > 2 * (5 + 2 * Math.ceil(Math.log2(seconds + 2)))) return `${trapped} requests ran it all the same`;
  return late.resident > early.resident * 1.2 + SLACK ? "memory grew" : undefined;
}
