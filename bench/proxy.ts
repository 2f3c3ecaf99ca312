import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { findPeer } from "../test/peer.ts";
import type { BenchOptions } from "./bench.ts";
import { loadGenerator } from "./load.ts";
import { startHeddle } from "./peer/heddle.ts";
import { POLICIES } from "./peer/heddle-mesh.ts";
import { startHttpProxy3 } from "./peer/http-proxy-3.ts";
import { startNginxProxy, startNginxUpstream } from "./peer/nginx.ts";
import { startNodeUpstream } from "./peer/node-upstream.ts";
import type { ProxyOptions, Server } from "./peer/server.ts";
import { pinning } from "./pinned.ts";
import { measureRounds } from "./rounds.ts";
import { type Summary, summarise, summaryFigures, summaryRows } from "./summary.ts";
import { printResult, printTable } from "./table.ts";
import { dirt, type Limits, ratioOf, type Triple } from "./triples.ts";

const [PROXY_CPU, LOAD_CPU] = [0, 1];
const CONNECTIONS = 32;

/**
 * CPU per request and requests per second of the proxy, without filters and with three, beside http-proxy-3 and against
 * nginx: 1 KB bodies, keep-alive, one core each. Method: docs/benchmarks.md.
 */
export async function run({ quick, args }: BenchOptions): Promise<void> {
  const { rounds, seconds, warmup, limits } = readArguments(args, quick);
  const running: Server[] = [];
  const start = async (server: Promise<Server>) => {
    running.push(await server);
    return server;
  };
  try {
    const upstream = await start(findPeer("nginx") ? startNginxUpstream(LOAD_CPU) : startNodeUpstream(LOAD_CPU));
    const [reference, ...subjects] = await startProxies({ upstream: upstream.port, cpu: PROXY_CPU }, start);
    describe(rounds, seconds);
    const onTriple = (triple: Triple) => report(triple, limits);
    const load = { rounds, seconds, warmup, connections: CONNECTIONS, loadCpu: LOAD_CPU, onTriple };
    const triples = await measureRounds({ reference: reference as Server, subjects, ...load });
    conclude(summarise(triples, limits, (reference as Server).name), limits);
  } finally {
    for (const server of running.reverse()) await server.stop();
  }
}

function readArguments(args: readonly string[], quick: boolean) {
  const options = { rounds: { type: "string" }, seconds: { type: "string" }, foreign: { type: "string" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const rounds = Number(values.rounds ?? (quick ? 1 : 7));
  const seconds = Number(values.seconds ?? (quick ? 1 : 3));
  const limits: Limits = { drift: 0.15, foreign: Number(values.foreign ?? (quick ? 1 : 0.1)) };
  // Node reaches its pace only after some 50,000 requests.
  return { rounds, seconds, warmup: quick ? 1 : 15, limits };
}

/** The reference first: nginx, or http-proxy-3 where nginx is not installed. */
async function startProxies(options: ProxyOptions, start: (server: Promise<Server>) => Promise<Server>) {
  const peers = [startHttpProxy3];
  if (findPeer("nginx") !== undefined) peers.unshift(startNginxProxy);
  else process.stderr.write("nginx is not installed: http-proxy-3 is the reference instead\n");
  const proxies: Server[] = [];
  for (const peer of peers) proxies.push(await start(peer(options)));
  proxies.push(await start(startHeddle({ ...options, name: "heddle", policies: [] })));
  proxies.push(await start(startHeddle({ ...options, name: `heddle+${POLICIES.length}`, policies: POLICIES })));
  return proxies;
}

function describe(rounds: number, seconds: number): void {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${availableParallelism()} CPUs, Node ${process.versions.node}`;
  process.stdout.write(`${machine}; ${pinning()}\n`);
  process.stdout.write(
    `${loadGenerator()}, ${CONNECTIONS} connections, 1 KB bodies; ${rounds} rounds of ${seconds} s; heddle+3 = ${POLICIES.join(", ")}\n`,
  );
}

function report(triple: Triple, limits: Limits): void {
  const problem = dirt(triple, limits);
  const verdict = problem === undefined ? "kept" : `dropped: ${problem}`;
  process.stderr.write(`${triple.subject.padEnd(12)} ${ratioOf(triple).toFixed(2)}  ${verdict}\n`);
}

function conclude(summary: Summary, limits: Limits): void {
  printTable(summaryRows(summary));
  printResult({ bench: "proxy", ...summaryFigures(summary), limits });
  if (summary.lines.every(({ readings }) => readings.length > 0)) return;
  process.stderr.write("too few clean triples: run it on a quiet machine, or allow more with --foreign CORES\n");
  process.exitCode = 1;
}
