import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findPeer } from "../test/peer.ts";
import { isAnswer, type ThreadProfile, type Wish } from "./inside/wish.ts";

/** A program that runs on some CPUs. */
export interface Pinned {
  readonly pid: number;
  /** Asks a process that was started with `remote`. */
  ask(what: Wish["what"], folder?: string): Promise<readonly ThreadProfile[]>;
  /** Resolves when it is gone. */
  stop(): Promise<void>;
}

/** A CPU's number, or wherever the system puts it. */
export type Pinning = number | "any";

export interface PinnedOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Where taskset exists and the machine has that CPU; otherwise the system chooses. */
  readonly cpu: Pinning;
  /** At the lowest priority (SCHED_IDLE), where chrt is installed: whoever else wants the CPU gets it at once. */
  readonly yielding?: boolean;
  /** With an IPC channel, for a Node process that preloads bench/inside/remote.ts. */
  readonly remote?: boolean;
}

/** Starts a server and waits until its loopback port takes connections. */
export async function startServer({ port, ...options }: PinnedOptions & { readonly port: number }): Promise<Pinned> {
  const child = spawnPinned(options, "ignore");
  let said = "";
  child.stderr?.on("data", (text) => {
    said = `${said}${text}`.slice(-4000);
  });
  const stop = () => end(child);
  try {
    await accepting(port, child);
  } catch {
    await stop();
    throw new Error(`${options.command} ${options.args.join(" ")} did not listen on port ${port}:\n${said}`);
  }
  return { pid: child.pid ?? 0, stop, ask: (what, folder) => ask(child, what, folder) };
}

let wishes = 0;

async function ask(child: ChildProcess, what: Wish["what"], folder?: string): Promise<readonly ThreadProfile[]> {
  const id = ++wishes;
  const answered = once(child, "message", { signal: AbortSignal.timeout(PATIENCE) });
  child.send({ id, what, folder } satisfies Wish);
  const [answer] = await answered;
  return isAnswer(answer) ? answer.profiles : [];
}

/** How long a process may take to write its profiles, in milliseconds. */
const PATIENCE = 30_000;

/** Runs a program to its end and resolves to its standard output. */
export async function runPinned(options: PinnedOptions): Promise<string> {
  const child = spawnPinned(options, "pipe");
  let [output, errors] = ["", ""];
  child.stdout?.on("data", (text) => {
    output += text;
  });
  child.stderr?.on("data", (text) => {
    errors += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${options.command} ended with code ${code}: ${errors}`);
  return output;
}

/** How programs can be held to their CPUs here: "CPU 0 and 1 (taskset)" or why not. */
export function pinning(): string {
  if (findPeer("taskset") === undefined) return "not pinned: no taskset";
  return availableParallelism() < 2 ? "not pinned: one CPU" : "proxy on CPU 0, load and upstream on CPU 1";
}

/** What bin/launch.mjs sets: compiled sources are kept, and the type stripper is loaded only where one is new. */
const CACHE = join(import.meta.dirname, "..", "node_modules", ".cache", "heddle");

function spawnPinned({ command, args, cpu, remote, yielding }: PinnedOptions, stdout: "ignore" | "pipe"): ChildProcess {
  const stdio: StdioOptions = ["ignore", stdout, "pipe", ...(remote ? (["ipc"] as const) : [])];
  const [program = command, ...rest] = [...pinned(cpu), ...(yielding ? lowest() : []), command, ...args];
  const child = spawn(program, rest, { stdio, env: { NODE_COMPILE_CACHE: CACHE, ...process.env } });
  living.add(child);
  child.once("exit", () => living.delete(child));
  return child;
}

const living = new Set<ChildProcess>();
// Whatever ends the bench ends what it has started.
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** taskset and chrt replace themselves by the command, so that the child's pid is the command's. */
function pinned(cpu: Pinning): string[] {
  const taskset = findPeer("taskset");
  return taskset === undefined || cpu === "any" || cpu >= availableParallelism() ? [] : [taskset, "-c", String(cpu)];
}

function lowest(): string[] {
  const chrt = findPeer("chrt");
  return chrt === undefined ? [] : [chrt, "--idle", "0"];
}

async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300 && child.exitCode === null && child.pid !== undefined; attempt++) {
    if (await accepts(port)) return;
    await pause(50);
  }
  throw new Error(`nothing listens on ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => settle(true));
    socket.once("error", () => settle(false));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await gone;
  clearTimeout(timer);
}

/** A loopback port that is free right now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
