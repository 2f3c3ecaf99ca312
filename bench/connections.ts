import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { openFilesLimit, openIdle, probe } from "./idle-connections.ts";
import { startHeddle } from "./peer/heddle.ts";
import { startNginxProxy } from "./peer/nginx.ts";
import type { Server } from "./peer/server.ts";
import { startUpstream } from "./peer/upstream.ts";
import { PEERS } from "./peers.ts";
import { residentBytes } from "./resident.ts";
import { withServers } from "./servers.ts";
import { printShows } from "./shows.ts";
import { percentile } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";

export const help = `What idle keep-alive connections cost: resident memory of the proxy above idle for each, after a garbage collection, and how fast it
answers others meanwhile. Each connection has made one request.

  --count N          (10000; 1000 with --quick)`;

export const run: Bench["run"] = async ({ quick, args }) => {
  const { values } = parseArgs({ args: [...args], options: { count: { type: "string" } } });
  const count = Number(values.count ?? (quick ? 1000 : 10_000));
  const needed = count + SPARE;
  if (openFilesLimit() < needed) {
    throw new Error(
      `${needed} open files are needed, ${openFilesLimit()} are allowed: raise the hard limit (ulimit -Hn ${needed})`,
    );
  }
  await withServers(async (start) => {
    const upstream = await start(startUpstream(LOAD_CPU, 1024));
    const common = { upstream: upstream.port, cpu: PROXY_CPU };
    const heddle = await start(startHeddle({ ...common, name: "heddle", plugins: [], remote: true }));
    const held = [await hold(heddle, count, () => heddle.ask("collect"))];
    if (PEERS.nginx.missing() === undefined) {
      held.push(await hold(await start(startNginxProxy({ ...common, name: "nginx" })), count, async () => {}));
    }
    report(held, count);
  });
};

const [PROXY_CPU, LOAD_CPU] = [0, 1];
/** Files beside one for each connection. */
const SPARE = 300;
const PROBES = 200;

interface Held {
  readonly name: string;
  /** Connections that were open while memory was read. */
  readonly open: number;
  /** Resident bytes before, with the connections, and after they were closed. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  /** Seconds that it took to open them. */
  readonly opening: number;
  /** Milliseconds of requests on another connection meanwhile. */
  readonly p50: number;
  readonly p99: number;
}

async function hold(server: Server, count: number, collect: () => Promise<unknown>): Promise<Held> {
  // Some requests so that all code is loaded, not so many that the heap has grown: what it holds free would hide the connections.
  await probe(server.port, PROBES, 0);
  await collect();
  const before = residentBytes(server.pid);
  const began = performance.now();
  const idle = await openIdle(server.port, count);
  const opening = (performance.now() - began) / 1000;
  await collect();
  const [during, open] = [residentBytes(server.pid), idle.open];
  const times = await probe(server.port, PROBES, 5);
  idle.close();
  await pause(SETTLE);
  await collect();
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  return { name: server.name, open, before, during, after: residentBytes(server.pid), opening, p50, p99 };
}

/** Milliseconds in which a proxy notices that its clients left. */
const SETTLE = 1000;

function perConnection({ before, during, open }: Held): number {
  return (during - before) / open;
}

function report(held: readonly Held[], count: number): void {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  printTable([
    ["", "open", "each KB", "MB before", "MB with them", "MB after", "opened in s", "probe p50 ms", "p99 ms"],
    ...held.map((one) => [
      ...[one.name, String(one.open), (perConnection(one) / 1e3).toFixed(1)],
      ...[one.before, one.during, one.after].map(megabytes),
      ...[one.opening.toFixed(1), one.p50.toFixed(2), one.p99.toFixed(2)],
    ]),
  ]);
  const [heddle] = held;
  if (heddle !== undefined && heddle.open < count) {
    process.stdout.write(
      `${heddle.name} closed ${count - heddle.open} of ${count} connections before memory was read\n`,
    );
  }
  const kilobytes = Object.fromEntries(held.map((one) => [one.name, Math.round(perConnection(one) / 100) / 10]));
  printShows("connections", { perConnection: kilobytes.heddle });
  const open = Object.fromEntries(held.map((one) => [one.name, one.open]));
  const p99 = Object.fromEntries(held.map((one) => [one.name, Math.round(one.p99 * 1000) / 1000]));
  printResult({ bench: "connections", perConnection: kilobytes, open, probeP99: p99, unit: "KB" });
}
