import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { measureCpu, warm } from "./cpu-load.ts";
import { LATENCY_HELP, type LatencyBench, LEAD, readLatencyArguments, roundTime } from "./latency-options.ts";
import { printLatencies } from "./latency-report.ts";
import { BARE, CONTROL, sortWindows } from "./latency-windows.ts";
import { runLoad } from "./load.ts";
import { refuseLostLines } from "./lost-lines.ts";
import type { OpenLoopPlan, OpenLoopResult } from "./open-loop.ts";
import type { Server } from "./peer/server.ts";
import { startUpstream } from "./peer/upstream.ts";
import { PEERS, type PeerName } from "./peers.ts";
import { runPinned } from "./pinned.ts";
import { type Start, withServers } from "./servers.ts";
import { preferSession } from "./session-priority.ts";

export const help = LATENCY_HELP;

/** Latencies against nginx. Method: docs/benchmarks.md. */
export const run: Bench["run"] = async ({ quick, args }) => {
  const options = readLatencyArguments(args, quick);
  if (PEERS.nginx.missing() !== undefined) throw new Error("nginx is not installed: nothing to compare with");
  const takeBack = preferSession();
  try {
    await withServers((start) => measure(options, start, quick));
  } finally {
    takeBack();
  }
};

const [PROXY_CPU, LOAD_CPU] = [0, 1];
const CONNECTIONS = 64;

async function measure(options: LatencyBench, start: Start, quick: boolean): Promise<void> {
  const upstream = await start(startUpstream(LOAD_CPU, 1024));
  const common = { upstream: upstream.port, cpu: PROXY_CPU };
  const servers: Server[] = [];
  for (const name of ["nginx", CONTROL]) servers.push(await start(PEERS.nginx.start({ ...common, name })));
  for (const name of options.subjects.filter((name) => PEERS[name].missing() === undefined)) {
    servers.push(await start(PEERS[name].start({ ...common, name })));
  }
  for (const server of servers) await warm(server, { connections: 32, cpu: LOAD_CPU }, options.warmup);
  const rate = options.rate ?? Math.round((await maximum(servers[0] as Server)) / 2);
  const all = [...servers, { ...upstream, name: BARE }];
  const plan = planOf(all, rate, options);
  const result = await runWindows(all, plan);
  for (const [at, server] of all.entries()) {
    const windows = plan.turns.filter((turn) => turn === at).length;
    await refuseLostLines(server, windows * plan.requests);
  }
  const alone = new Map<string, number>();
  for (const { name, port } of all) {
    const { p50 } = await runLoad({ port, connections: 1, seconds: 1, cpu: LOAD_CPU });
    if (p50 !== undefined) alone.set(name, p50);
  }
  const names = all.map(({ name }) => name);
  const missing = options.subjects.flatMap(missingLine);
  const { window, pieces, limits } = options;
  printLatencies(sortWindows(result, names, limits), {
    rate,
    window,
    piece: window / pieces,
    limits,
    missing,
    alone,
    quick,
  });
}

function missingLine(name: PeerName): string[] {
  const reason = PEERS[name].missing();
  return reason === undefined ? [] : [`${name}: ${reason}`];
}

/** Requests a second that a server reaches in a closed loop. */
async function maximum(server: Server): Promise<number> {
  const { requests, elapsed } = await measureCpu(server, { connections: 32, cpu: LOAD_CPU }, 3);
  return requests / elapsed;
}

/** Milliseconds. */
const PATIENCE = 1000;

/** Windows without a proxy, at the end. */
const BARE_WINDOWS = 10;

/** nginx, a subject, nginx, the next one: whatever the machine does, it does to both of two windows that are neighbours. */
function planOf(servers: readonly Server[], rate: number, { seconds, window, pieces }: LatencyBench): OpenLoopPlan {
  const subjects = servers.slice(1, -1);
  const round = subjects.flatMap((_, index) => [0, index + 1]);
  const rounds = Math.max(1, Math.round((seconds * 1000) / roundTime(subjects.length, window)));
  const requests = Math.round((rate * window) / 1000);
  process.stdout.write(
    `${rate} requests a second, ${CONNECTIONS} connections; ${rounds} windows of ${requests} requests for each subject\n`,
  );
  return {
    ...{ ports: servers.map(({ port }) => port), connections: CONNECTIONS, rate, requests, pieces },
    ...{ lead: Math.round(requests * LEAD), patience: PATIENCE },
    warmup: [...round, ...round],
    turns: [...Array.from({ length: rounds }, () => round).flat(), ...Array(BARE_WINDOWS).fill(servers.length - 1)],
  };
}

async function runWindows(servers: readonly Server[], plan: OpenLoopPlan): Promise<OpenLoopResult> {
  // A large young generation keeps the generator's own collections out of p99.
  const args = ["--max-semi-space-size=64", join(import.meta.dirname, "open-loop.ts"), JSON.stringify(plan)];
  const said = await runPinned({ command: process.execPath, args, cpu: LOAD_CPU, yielding: true });
  const result = JSON.parse(said) as OpenLoopResult;
  const { failed, saturated } = result;
  if (saturated !== undefined) {
    throw new Error(
      `${servers[saturated]?.name}: a second behind at ${plan.rate} requests a second; --rate takes less`,
    );
  }
  const broken = failed.findIndex((count) => count > 0);
  if (broken !== -1) throw new Error(`${servers[broken]?.name}: ${failed[broken]} requests failed`);
  return result;
}
