import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { readCpu } from "./cpu.ts";
import { measureCpu, warm } from "./cpu-load.ts";
import { runLoad } from "./load.ts";
import type { OpenLoopResult } from "./open-loop.ts";
import type { Server } from "./peer/server.ts";
import { startUpstream } from "./peer/upstream.ts";
import { isPeer, PEERS, type PeerName } from "./peers.ts";
import { runPinned } from "./pinned.ts";
import { measureRounds } from "./rounds.ts";
import { printShows } from "./shows.ts";
import { formatSpread, rounded, spreadOf } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";
import { dirt, type Limits, type Run, ratioOf, type Triple } from "./triples.ts";

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
  const missing = ["nginx", ...options.subjects].flatMap((name) => notes(name as PeerName));
  if (PEERS.nginx.missing() !== undefined) throw new Error("nginx is not installed: nothing to compare with");
  const running: Server[] = [];
  const start = async (server: Promise<Server>) => {
    running.push(await server);
    return server;
  };
  try {
    const upstream = await start(startUpstream(LOAD_CPU, 1024));
    const subjects: Server[] = [];
    const common = { upstream: upstream.port, cpu: PROXY_CPU };
    const reference = await start(PEERS.nginx.start({ ...common, name: "nginx" }));
    for (const name of options.subjects.filter((name) => PEERS[name].missing() === undefined)) {
      subjects.push(await start(PEERS[name].start({ ...common, name })));
    }
    await measure({ reference, subjects: [...subjects, direct(upstream)], missing }, options);
  } finally {
    for (const server of running.reverse()) await server.stop();
  }
};

const [PROXY_CPU, LOAD_CPU] = [0, 1];
const CONNECTIONS = 64;

/** What generator and upstream take for themselves. */
function direct(upstream: Server): Server {
  return { ...upstream, name: "(no proxy)" };
}

function notes(name: PeerName): string[] {
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
  const wrong = names.find((name) => !isPeer(name));
  if (wrong !== undefined) throw new Error(`--only: expected some of ${Object.keys(PEERS).join(", ")}, got "${wrong}"`);
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

/** Times in milliseconds. */
interface Latency extends Run {
  readonly saturated: boolean;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** p50 of one connection that is alone. */
  readonly alone: number;
}

interface Servers {
  readonly reference: Server;
  readonly subjects: readonly Server[];
  readonly missing: readonly string[];
}

async function measure({ reference, subjects, missing }: Servers, options: Options): Promise<void> {
  const load = { connections: 32, cpu: LOAD_CPU };
  for (const server of [reference, ...subjects]) await warm(server, load, options.warmup);
  const rate = options.rate ?? Math.round((await maximum(reference)) / 2);
  process.stdout.write(
    `${rate} requests a second, ${CONNECTIONS} connections, ${options.rounds} rounds of ${options.seconds} s\n`,
  );
  const onTriple = (triple: Triple<Latency>) => report(triple, options.limits);
  const measureOne = (server: Server) => latency(server, rate, options.seconds);
  const { rounds, limits } = options;
  const triples = await measureRounds({ reference, subjects, rounds, measure: measureOne, onTriple });
  conclude(triples, limits, { rate, missing });
}

/** Requests a second that a server reaches in a closed loop. */
async function maximum(server: Server): Promise<number> {
  const { requests, elapsed } = await measureCpu(server, { connections: 32, cpu: LOAD_CPU }, 3);
  return requests / elapsed;
}

async function latency(server: Server, rate: number, seconds: number): Promise<Latency> {
  const before = readCpu(server.pid);
  const started = performance.now();
  const script = [join(import.meta.dirname, "open-loop.ts"), server.port, rate, CONNECTIONS, seconds].map(String);
  const said = await runPinned({ command: process.execPath, args: script, cpu: LOAD_CPU, yielding: true });
  const { p50, p99, max, failed, requests, saturated } = JSON.parse(said) as OpenLoopResult;
  if (failed > 0) throw new Error(`${server.name}: ${failed} of ${requests} requests failed`);
  const { p50: alone = Number.NaN } = await runLoad({ port: server.port, connections: 1, seconds: 1, cpu: LOAD_CPU });
  const foreign = readCpu(server.pid).foreign - before.foreign;
  return { elapsed: (performance.now() - started) / 1000, foreign, saturated, p50, p99, max, alone };
}

const p99 = (reading: Latency): number => reading.p99;

function report(triple: Triple<Latency>, limits: Limits): void {
  const problem = dirt(triple, limits, p99);
  const verdict = problem === undefined ? "kept" : `dropped: ${problem}`;
  process.stderr.write(`${triple.subject.padEnd(20)} p99 ${ratioOf(triple, p99).toFixed(2)}  ${verdict}\n`);
}

interface Surroundings {
  readonly rate: number;
  readonly missing: readonly string[];
}

function conclude(triples: readonly Triple<Latency>[], limits: Limits, { rate, missing }: Surroundings): void {
  const clean = triples.filter((triple) => dirt(triple, limits, p99) === undefined);
  const references = [...new Set(clean.flatMap(({ before, after }) => [before, after]))];
  const names = [...new Set(triples.map(({ subject }) => subject))];
  const of = (name: string) => clean.filter(({ subject }) => subject === name);
  // Who cannot keep up has no latency, and misses every bound.
  const ratio = (triple: Triple<Latency>, figure: (reading: Latency) => number) =>
    triple.reading.saturated ? Number.POSITIVE_INFINITY : ratioOf(triple, figure);
  const ratios = (name: string, figure: (reading: Latency) => number) =>
    spreadOf(of(name).map((triple) => ratio(triple, figure)));
  printTable([
    ["us", "p50", "p99", "one connection alone, p50", "p99 / nginx", "readings"],
    [...figures("nginx", references), "1", String(references.length)],
    ...names.map((name) => [
      ...figures(
        name,
        of(name).map(({ reading }) => reading),
      ),
      formatSpread(ratios(name, p99)),
      String(of(name).length),
    ]),
    ...missing.map((line) => [line]),
  ]);
  const json = Object.fromEntries(names.map((name) => [`${name}/nginx`, rounded(ratios(name, p99))]));
  const half = Object.fromEntries(names.map((name) => [`${name}/nginx`, rounded(ratios(name, ({ p50 }) => p50))]));
  const alone = Object.fromEntries(names.map((name) => [`${name}/nginx`, rounded(ratios(name, (one) => one.alone))]));
  printShows("latency", json);
  const counts = { kept: clean.length, dropped: triples.length - clean.length };
  printResult({ bench: "latency", ratios: json, p50: half, alone, rate, ...counts, limits });
  if (clean.length === 0) process.exitCode = 1;
}

/** Cells with microseconds. */
function figures(name: string, readings: readonly Latency[]): string[] {
  if (readings.some(({ saturated }) => saturated)) return [name, "cannot keep up", "-", "-"];
  const cell = (figure: (reading: Latency) => number) =>
    formatSpread(spreadOf(readings.map((one) => figure(one) * 1000)), 0);
  return [name, cell(({ p50 }) => p50), cell(p99), cell(({ alone }) => alone)];
}
