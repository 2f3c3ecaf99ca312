/**
 * Preloaded by `--import` into a Node process under measurement, and so into its worker threads: collects garbage and takes
 * CPU profiles when the bench asks over the IPC channel. Costs nothing until then.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";
import { type Answer, isWish, type ThreadProfile, type Wish } from "./wish.ts";

const CHANNEL = "heddle-bench";
/** Microseconds between two samples. */
const INTERVAL = 500;
/** Threads that die without a word are not waited for longer than this, in milliseconds. */
const PATIENCE = 10_000;

interface Running {
  readonly session: Session;
  readonly since: readonly [ran: number, waited: number];
}

let running: Running | undefined;

function obey({ what, folder }: Wish): ThreadProfile | undefined {
  if (what === "collect") globalThis.gc?.();
  else if (what === "profile") startProfile();
  else return stopProfile(folder);
  return undefined;
}

function startProfile(): void {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: INTERVAL });
  session.post("Profiler.start");
  running = { session, since: scheduled() };
}

/** Writes the profile and says where. */
function stopProfile(folder = "."): ThreadProfile | undefined {
  if (running === undefined) return undefined;
  const { session, since } = running;
  const [ran, waited] = scheduled();
  const path = join(folder, `thread-${threadId}.cpuprofile`);
  // An in-process session answers before `post` returns.
  session.post("Profiler.stop", (error, result) => {
    if (error === null) writeFileSync(path, JSON.stringify(result.profile));
  });
  session.disconnect();
  running = undefined;
  return { thread: threadId, path, ran: ran - since[0], waited: waited - since[1] };
}

/** Nanoseconds on a CPU and in a run queue so far (proc(5), schedstat); zeros where the system does not say. */
function scheduled(): [ran: number, waited: number] {
  try {
    const [ran = 0, waited = 0] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ").map(Number);
    return [ran, waited];
  } catch {
    return [0, 0];
  }
}

type Message = { from: number; hello: true } | { from: number; done: ThreadProfile | undefined } | { wish: Wish };

const channel = new BroadcastChannel(CHANNEL);
const said = (message: unknown): Message => (message as { data: Message }).data;

function serveWorker(): void {
  channel.onmessage = (message) => {
    const data = said(message);
    if ("wish" in data) channel.postMessage({ from: threadId, done: obey(data.wish) });
  };
  channel.postMessage({ from: threadId, hello: true });
}

/** Passes every wish on to the workers that introduced themselves, and answers when all of them are done. */
function serveMain(): void {
  const workers = new Set<number>();
  let answered: (from: number, profile: ThreadProfile | undefined) => void = () => {};
  channel.onmessage = (message) => {
    const data = said(message);
    if ("hello" in data) workers.add(data.from);
    else if ("done" in data) answered(data.from, data.done);
  };
  process.on("message", (wish) => {
    if (!isWish(wish)) return;
    const waiting = new Set(workers);
    const own = obey(wish);
    const profiles = own === undefined ? [] : [own];
    const finish = (): void => {
      clearTimeout(timer);
      answered = () => {};
      for (const lost of waiting) workers.delete(lost);
      process.send?.({ id: wish.id, profiles } satisfies Answer);
    };
    const timer = setTimeout(finish, PATIENCE);
    answered = (from, profile) => {
      if (profile !== undefined) profiles.push(profile);
      if (waiting.delete(from) && waiting.size === 0) finish();
    };
    channel.postMessage({ wish });
    if (waiting.size === 0) finish();
  });
  process.channel?.unref();
}

if (isMainThread) serveMain();
else serveWorker();
channel.unref();
