import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { measureCpu } from "./cpu-load.ts";
import { byGroup, type CpuProfile, type SelfTime, selfTimes, type Weighted } from "./cpu-profile.ts";
import type { ThreadProfile } from "./inside/wish.ts";
import { makeCertificate } from "./peer/certificate.ts";
import { startHeddle } from "./peer/heddle.ts";
import { type Plugin, POLICIES } from "./peer/heddle-mesh.ts";
import type { Server } from "./peer/server.ts";
import { startUpstream } from "./peer/upstream.ts";
import { SCENARIOS } from "./scenarios.ts";
import { withServers } from "./servers.ts";
import { printResult, printTable } from "./table.ts";

export const help = `Self time of functions and folders in microseconds per request: heddle proxy under wrk, all threads together. Time in
which other processes had the CPU is taken off.

  --body 64k         what the upstream answers with: 1k, 64k, 1m (1k)
  --tls              TLS towards the client
  --workers N        data threads
  --policies all     with api-key, rate-limit and canary, or with those that are named
  --seconds N        length of the profile, and of the reading of CPU time before it (5)
  --warmup N         seconds of load before that (6)
  --connections N    (32)
  --top N            functions to list (40)
  --out FOLDER       keep the .cpuprofile files, one for each thread`;

/** Where the CPU time of a request goes: self time of functions and folders, in microseconds per request, all threads together. */
export const run: Bench["run"] = async ({ quick, args }) => {
  const options = readArguments(args, quick);
  await withServers(async (start) => {
    const upstream = await start(startUpstream(1, options.bytes));
    const certificate = options.tls ? await start(makeCertificate()) : undefined;
    const common = { upstream: upstream.port, cpu: options.workers === undefined ? 0 : "any", remote: true } as const;
    const { policies: plugins, workers } = options;
    const proxy = await start(startHeddle({ ...common, name: "heddle", plugins, workers, certificate }));
    report(await measure(proxy, options), options.top);
  });
};

interface Options {
  readonly policies: readonly Plugin[];
  readonly bytes: number;
  readonly tls: boolean;
  readonly workers: number | undefined;
  readonly seconds: number;
  readonly warmup: number;
  readonly connections: number;
  readonly top: number;
  /** Where the profiles stay; undefined throws them away. */
  readonly out: string | undefined;
}

function readArguments(args: readonly string[], quick: boolean): Options {
  const text = { type: "string" } as const;
  const known = {
    policies: text,
    body: text,
    workers: text,
    tls: { type: "boolean" } as const,
    seconds: text,
    warmup: text,
    connections: text,
    top: text,
    out: text,
  };
  const { values } = parseArgs({ args: [...args], options: known });
  const names = (values.policies ?? "").split(",").filter((name) => name !== "");
  const wrong = names.find((name) => name !== "all" && !POLICIES.some((policy) => policy === name));
  if (wrong !== undefined)
    throw new Error(`--policies: expected "all" or some of ${POLICIES.join(", ")}, got "${wrong}"`);
  return {
    policies: names.includes("all") ? POLICIES : POLICIES.filter((policy) => names.includes(policy)),
    bytes: bytesOf(values.body ?? "1k"),
    tls: values.tls === true,
    workers: values.workers === undefined ? undefined : Number(values.workers),
    seconds: Number(values.seconds ?? (quick ? 1 : 5)),
    warmup: Number(values.warmup ?? (quick ? 1 : 6)),
    connections: Number(values.connections ?? 32),
    top: Number(values.top ?? 40),
    out: values.out,
  };
}

function bytesOf(name: string): number {
  const scenario = { "1k": SCENARIOS["1k"], "64k": SCENARIOS["64k"], "1m": SCENARIOS["1m"] }[name];
  if (scenario === undefined) throw new Error(`--body: expected 1k, 64k or 1m, got "${name}"`);
  return scenario.bytes;
}

interface Profiled {
  /** CPU seconds per request without the profiler, and its part in the kernel. */
  readonly cpu: number;
  readonly system: number;
  /** While profiled: requests, and CPU seconds of the threads that run JavaScript. */
  readonly requests: number;
  readonly threads: number;
  readonly times: readonly SelfTime[];
}

async function measure(proxy: Server, { seconds, warmup, connections, tls, out }: Options): Promise<Profiled> {
  const folder = out === undefined ? await mkdtemp(join(tmpdir(), "heddle-profile-")) : resolve(out);
  await mkdir(folder, { recursive: true });
  const load = (seconds: number) => measureCpu(proxy, { connections, cpu: 1, tls }, seconds);
  try {
    await load(warmup);
    const plain = await load(seconds);
    await proxy.ask("profile");
    const profiled = await load(seconds);
    const threads = await proxy.ask("stop-profile", folder);
    return {
      cpu: plain.cpu / plain.requests,
      system: plain.system / plain.requests,
      requests: profiled.requests,
      threads: threads.reduce((sum, { ran }) => sum + ran / 1e9, 0),
      times: selfTimes(await Promise.all(threads.map(weighted)), root),
    };
  } finally {
    if (out === undefined) await rm(folder, { recursive: true, force: true });
  }
}

const root = `${join(import.meta.dirname, "..")}/`;

/** Samples are taken by the clock on the wall: what the thread spent waiting for a CPU is taken off evenly. */
async function weighted({ path, ran, waited }: ThreadProfile): Promise<Weighted> {
  const profile = JSON.parse(await readFile(path, "utf8")) as CpuProfile;
  return { profile, weight: ran + waited === 0 ? 1 : ran / (ran + waited) };
}

function report({ cpu, system, requests, threads, times }: Profiled, top: number): void {
  const sampled = times.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const us = (microseconds: number): number => Math.round((microseconds / requests) * 100) / 100;
  const row = (name: string, microseconds: number) => [
    name,
    us(microseconds).toFixed(2),
    percent(microseconds, threads * 1e6),
  ];
  const groups = byGroup(times).filter(({ microseconds }) => us(microseconds) >= 0.05);
  printTable([
    ["folder", "us/request", "share"],
    ...groups.map(({ group, microseconds }) => row(group, microseconds)),
    row("(read and epoll)", threads * 1e6 - sampled),
  ]);
  process.stdout.write("\n");
  printTable([
    ["function (self time)", "us/request", "share"],
    ...times
      .slice(0, top)
      .map(({ name, place, group, microseconds }) => row(`${name}  ${place || group}`, microseconds)),
  ]);
  const total = { cpu: Math.round(cpu * 1e8) / 100, system: Math.round(system * 1e8) / 100 };
  process.stdout.write(
    `\n${total.cpu} us of CPU per request without the profiler, ${total.system} of it in the kernel\n`,
  );
  printResult({
    bench: "profile",
    ...total,
    groups: Object.fromEntries(groups.map((one) => [one.group, us(one.microseconds)])),
  });
}

function percent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`;
}
