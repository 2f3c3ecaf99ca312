import { availableParallelism, cpus } from "node:os";
import type { BenchOptions } from "./bench.ts";
import { measureCpu, warm } from "./cpu-load.ts";
import { loadGenerator } from "./load.ts";
import { makeCertificate, withoutOpenssl } from "./peer/certificate.ts";
import type { Server } from "./peer/server.ts";
import { startUpstream } from "./peer/upstream.ts";
import { PEERS } from "./peers.ts";
import { pinning } from "./pinned.ts";
import { PROXY_HELP, type ProxyBench, readArguments } from "./proxy-options.ts";
import { measureRounds } from "./rounds.ts";
import type { Scenario, Subject } from "./scenarios.ts";
import { type Start, withServers } from "./servers.ts";
import { printShows, wantedRatios } from "./shows.ts";
import { type Summary, summarise, summaryFigures, summaryRows } from "./summary.ts";
import { printResult, printTable } from "./table.ts";
import { cpuPerRequest, dirt, type Limits, ratioOf, type Triple } from "./triples.ts";

export const help = PROXY_HELP;

/** CPU per request and requests per second of proxies against nginx. Method and options: docs/benchmarks.md. */
export async function run({ quick, args }: BenchOptions): Promise<void> {
  const options = readArguments(args, quick);
  describe(options);
  const summaries: Summary[] = [];
  for (const scenario of options.scenarios) {
    const summary = await compare(scenario, options);
    if (summary !== undefined) summaries.push(summary);
  }
  conclude(summaries, options.limits);
}

function compare(scenario: Scenario, options: ProxyBench): Promise<Summary | undefined> {
  return withServers(async (start) => {
    const started = await startAll(scenario, start);
    if (started === undefined) return undefined;
    process.stderr.write(`${scenario.title}\n`);
    const { limits, rounds, seconds, warmup } = options;
    const onTriple = (triple: Triple) => report(triple, limits);
    const load = { connections: scenario.connections, cpu: cpusOf(scenario).load, tls: scenario.tls };
    for (const server of [started.reference, ...started.subjects]) await warm(server, load, warmup);
    const measure = (server: Server) => measureCpu(server, load, seconds);
    const triples = await measureRounds({ ...started, rounds, measure, onTriple });
    const summary = summarise(triples, limits, started.reference.name);
    const where = scenario.unpinned ? "not pinned" : pinning();
    process.stdout.write(`\n${scenario.title}; ${where}; ${summary.kept} triples kept, ${summary.dropped} dropped\n`);
    printTable([...summaryRows(summary), ...started.missing.map((line) => [line])]);
    return summary;
  });
}

interface Started {
  readonly reference: Server;
  readonly subjects: readonly Server[];
  /** Lines about what could not be started. */
  readonly missing: readonly string[];
}

/** Starts all that is installed; undefined where the reference is not. */
async function startAll(scenario: Scenario, start: Start): Promise<Started | undefined> {
  const wanted: readonly Subject[] = [{ peer: scenario.reference }, ...scenario.subjects];
  const absent = wanted.flatMap(({ peer }) => {
    const reason = PEERS[peer].missing();
    return reason === undefined ? [] : [{ peer, line: `${peer}${scenario.suffix}: ${reason}` }];
  });
  const missing = absent.map(({ line }) => line);
  const reason = absent.find(({ peer }) => peer === scenario.reference)?.line ?? withoutTls(scenario);
  if (reason !== undefined) {
    process.stdout.write(`\n${scenario.title}: not measured; ${reason}\n`);
    return undefined;
  }
  const present = wanted.filter(({ peer }) => absent.every((one) => one.peer !== peer));
  const servers = await startServers(scenario, present, start);
  const [reference, ...subjects] = servers;
  return reference && { reference, subjects, missing };
}

function withoutTls({ tls, upstreamTls }: Scenario): string | undefined {
  if (tls && loadGenerator() !== "wrk") return "wrk is not installed";
  return tls || upstreamTls !== undefined ? withoutOpenssl() : undefined;
}

async function startServers(scenario: Scenario, subjects: readonly Subject[], start: Start): Promise<Server[]> {
  const { proxy: cpu, load } = cpusOf(scenario);
  const { tls, upstreamTls } = scenario;
  const made = tls || upstreamTls !== undefined ? await start(makeCertificate()) : undefined;
  const certificate = tls ? made : undefined;
  const upstreamCertificate = upstreamTls === undefined ? undefined : made;
  const behind = upstreamCertificate && { certificate: upstreamCertificate, once: upstreamTls === "once" };
  const upstream = await start(startUpstream(load, scenario.bytes, behind));
  const servers: Server[] = [];
  for (const { peer, name = `${peer}${scenario.suffix}`, workers, tree } of subjects) {
    const options = { name, upstream: upstream.port, cpu, certificate, upstreamCertificate, workers, tree };
    servers.push(await start(PEERS[peer].start(options)));
  }
  return servers;
}

/** One CPU for the proxy and one for the rest, unless workers are to use all of them. */
function cpusOf({ unpinned }: Scenario) {
  return unpinned ? ({ proxy: "any", load: "any" } as const) : ({ proxy: 0, load: 1 } as const);
}

function describe({ rounds, seconds }: ProxyBench): void {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${availableParallelism()} CPUs, Node ${process.versions.node}`;
  process.stdout.write(
    `${machine}; ${loadGenerator()}, keep-alive; ${rounds} rounds of ${seconds} s; +3 = api-key, rate-limit, canary\n`,
  );
}

function report(triple: Triple, limits: Limits): void {
  const problem = dirt(triple, limits, cpuPerRequest);
  const verdict = problem === undefined ? "kept" : `dropped: ${problem}`;
  process.stderr.write(`${triple.subject.padEnd(20)} ${ratioOf(triple, cpuPerRequest).toFixed(2)}  ${verdict}\n`);
}

function conclude(summaries: readonly Summary[], limits: Limits): void {
  const pairs = wantedRatios("proxy");
  const all = summaries.map((summary) => summaryFigures(summary, pairs));
  const ratios = Object.assign({}, ...all.map((one) => one.ratios)) as Record<string, number | null>;
  const [rps, cpu] = [Object.assign({}, ...all.map((one) => one.rps)), Object.assign({}, ...all.map((one) => one.cpu))];
  const total = (of: "kept" | "dropped"): number => all.reduce((sum, one) => sum + one[of], 0);
  printShows("proxy", ratios);
  printResult({ bench: "proxy", ratios, rps, cpu, kept: total("kept"), dropped: total("dropped"), limits });
  if (summaries.every(({ lines }) => lines.every(({ readings }) => readings.length > 0))) return;
  process.stderr.write("too few clean triples: run it on a quiet machine, or allow more with --foreign CORES\n");
  process.exitCode = 1;
}
