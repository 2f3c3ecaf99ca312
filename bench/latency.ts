import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { readCpu } from "./cpu.ts";
import { measureCpu, warm } from "./cpu-load.ts";
import { type Latency, p99, printLatencies } from "./latency-report.ts";
import { runLoad } from "./load.ts";
import type { OpenLoopResult } from "./open-loop.ts";
import type { Server } from "./peer/server.ts";
import { startUpstream } from "./peer/upstream.ts";
import { isPeer, PEERS, type PeerName } from "./peers.ts";
import { runPinned } from "./pinned.ts";
import { measureRounds } from "./rounds.ts";
import { withServers } from "./servers.ts";
import { dirt, type Limits, ratioOf, type Triple } from "./triples.ts";

export const help = `Latency of proxies at half of the rate that nginx can reach, and of one connection alone. The generator keeps its rate whatever
the proxy does, and counts from the moment at which a request was due.

  --only NAME,NAME   these subjects (heddle, heddle+3, haproxy, nginx+lua)
  --rate N           requests a second (half of nginx's maximum, measured first)
  --rounds N         readings of each subject (5)
  --seconds N        length of a reading (3)
  --warmup N         seconds of load before a server's first reading, at most (8)
  --foreign CORES    what other processes may use before a reading counts as dirty (0.1)
  --drift SHARE      how far p99 of two readings of nginx around a subject may differ (0.3)
  --quick            one round of one second, dirt allowed`;

/** Latencies against nginx. Method: docs/benchmarks.md. */
export const run: Bench["run"] = async ({ quick, args }) => {
  const options = readArguments(args, quick);
  if (PEERS.nginx.missing() !== undefined) throw new Error("nginx is not installed: nothing to compare with");
  const missing = options.subjects.flatMap((name) => missingLine(name));
  await withServers(async (start) => {
    const upstream = await start(startUpstream(LOAD_CPU, 1024));
    const common = { upstream: upstream.port, cpu: PROXY_CPU };
    const reference = await start(PEERS.nginx.start({ ...common, name: "nginx" }));
    const subjects: Server[] = [];
    for (const name of options.subjects.filter((name) => PEERS[name].missing() === undefined)) {
      subjects.push(await start(PEERS[name].start({ ...common, name })));
    }
    const { rate, triples } = await measure({ reference, subjects: [...subjects, direct(upstream)] }, options);
    printLatencies(triples, options.limits, { rate, missing });
  });
};

const [PROXY_CPU, LOAD_CPU] = [0, 1];
const CONNECTIONS = 64;

/** What generator and upstream take for themselves. */
function direct(upstream: Server): Server {
  return { ...upstream, name: "(no proxy)" };
}

function missingLine(name: PeerName): string[] {
  const reason = PEERS[name].missing();
  return reason === undefined ? [] : [`${name}: ${reason}`];
}

interface Options {
  readonly subjects: readonly PeerName[];
  readonly rate: number | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly limits: Limits;
}

function readArguments(args: readonly string[], quick: boolean): Options {
  const text = { type: "string" } as const;
  const known = { only: text, rate: text, rounds: text, seconds: text, warmup: text, foreign: text, drift: text };
  const { values } = parseArgs({ args: [...args], options: known });
  const names = (values.only ?? "heddle,heddle+3,haproxy,nginx+lua").split(",");
  const subjects = Object.keys(PEERS).filter((name) => name !== "nginx");
  const wrong = names.find((name) => !subjects.includes(name));
  if (wrong !== undefined) throw new Error(`--only: expected some of ${subjects.join(", ")}, got "${wrong}"`);
  const number = (given: string | undefined, usual: number, short: number) => Number(given ?? (quick ? short : usual));
  return {
    subjects: names.filter(isPeer),
    rate: values.rate === undefined ? undefined : Number(values.rate),
    rounds: number(values.rounds, 5, 1),
    seconds: number(values.seconds, 3, 1),
    warmup: number(values.warmup, 8, 2),
    limits: { drift: number(values.drift, 0.3, 100), foreign: number(values.foreign, 0.1, 100) },
  };
}

interface Servers {
  readonly reference: Server;
  readonly subjects: readonly Server[];
}

async function measure({ reference, subjects }: Servers, options: Options) {
  const load = { connections: 32, cpu: LOAD_CPU };
  for (const server of [reference, ...subjects]) await warm(server, load, options.warmup);
  const rate = options.rate ?? Math.round((await maximum(reference)) / 2);
  process.stdout.write(
    `${rate} requests a second, ${CONNECTIONS} connections, ${options.rounds} rounds of ${options.seconds} s\n`,
  );
  const onTriple = (triple: Triple<Latency>) => report(triple, options.limits);
  const measureOne = (server: Server) => latency(server, rate, options.seconds);
  const { rounds } = options;
  const triples = await measureRounds({ reference, subjects, rounds, measure: measureOne, onTriple });
  return { rate, triples };
}

/** Requests a second that a server reaches in a closed loop. */
async function maximum(server: Server): Promise<number> {
  const { requests, elapsed } = await measureCpu(server, { connections: 32, cpu: LOAD_CPU }, 3);
  return requests / elapsed;
}

/** Seconds in which the generator is compiled. */
const GENERATOR_WARMUP = 1;

async function latency(server: Server, rate: number, seconds: number): Promise<Latency> {
  const before = readCpu(server.pid);
  const started = performance.now();
  const shape = [server.port, rate, CONNECTIONS, seconds, GENERATOR_WARMUP].map(String);
  // A large young generation keeps the generator's own collections out of p99.
  const script = ["--max-semi-space-size=64", join(import.meta.dirname, "open-loop.ts"), ...shape];
  const said = await runPinned({ command: process.execPath, args: script, cpu: LOAD_CPU, yielding: true });
  const { failed, requests, ...found } = JSON.parse(said) as OpenLoopResult;
  if (failed > 0) throw new Error(`${server.name}: ${failed} of ${requests} requests failed`);
  const { p50: alone = Number.NaN } = await runLoad({ port: server.port, connections: 1, seconds: 1, cpu: LOAD_CPU });
  const foreign = readCpu(server.pid).foreign - before.foreign;
  return { elapsed: (performance.now() - started) / 1000, foreign, ...found, alone };
}

function report(triple: Triple<Latency>, limits: Limits): void {
  const problem = dirt(triple, limits, p99);
  const verdict = problem === undefined ? "kept" : `dropped: ${problem}`;
  process.stderr.write(`${triple.subject.padEnd(20)} p99 ${ratioOf(triple, p99).toFixed(2)}  ${verdict}\n`);
}
