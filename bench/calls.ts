import { join } from "node:path";
import { buildPlugin } from "../runtime/build/build-plugin.ts";
import type { GuestExchange } from "../runtime/wasm/exchange.ts";
import { createGeneration, type Generation } from "../runtime/wasm/generation.ts";
import type { CallResponse, GuestCalls } from "../runtime/wasm/guest-calls.ts";
import { compilePlugin } from "../runtime/wasm/plugin.ts";
import type { Verdict } from "../runtime/wasm/verdict.ts";
import type { Bench } from "./bench.ts";
import { benchServices, requestExchange } from "./filter-cases.ts";
import { formatSpread, type Spread, spreadOf } from "./statistics.ts";
import { printResult, printTable } from "./table.ts";

export const help = `CPU time of a hook that may sleep: one that answers at once, one that calls a backend, and a thousand that call at the same
time on 64 instances. The backend is a function of this process that answers when the turn ends.`;

/**
 * Nanoseconds of CPU time per hook. `cannot` is the empty filter; `may` one that imports http-client and does not call;
 * `calls` one that makes a call, one exchange after another; `queued` the same with a thousand exchanges at once.
 */
export const run: Bench["run"] = async ({ quick }) => {
  const empty = await start("test/guests/empty");
  const caller = await start("test/guests/one-call");
  const thousand = Array.from({ length: 1_000 }, () => requestExchange());
  const rounds = quick ? 3 : 15;
  const cases: readonly [name: string, hooks: number, run: () => unknown][] = [
    ["cannot call", 20_000, () => atOnce(empty, 20_000)],
    ["may call", 20_000, () => atOnce(caller, 20_000)],
    ["calls", 5_000, () => inTurn(caller, 5_000)],
    ["calls, 1000 at once", 5_000, () => together(caller, 5, thousand)],
  ];
  const times = new Map(cases.map(([name]) => [name, [] as number[]]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, hooks, one] of cases) {
      const spent = await cpuOf(one);
      if (round >= 0) times.get(name)?.push(spent / hooks);
    }
  }
  const spreads = [...times].map(([name, each]) => [name, spreadOf(each) as Spread] as const);
  printTable([["a hook that", "ns"], ...spreads.map(([name, spread]) => [name, formatSpread(spread, 0)])]);
  const [cannot, may, calls, queued] = spreads.map(([, { median }]) => Math.round(median));
  printResult({ bench: "calls", ns: { cannot, may, calls, queued } });
};

const ANSWER: CallResponse = { kind: "response", status: 200, headers: [], body: Buffer.from("alice"), trailers: [] };

/** Calls that all end when the turn does. */
function turnCalls(): GuestCalls {
  let waiting: (() => void)[] = [];
  const answer = (): void => {
    const all = waiting;
    waiting = [];
    for (const one of all) one();
  };
  return {
    knows: () => true,
    send(_, done) {
      if (waiting.push(() => done(ANSWER)) === 1) setImmediate(answer);
      return { cancel() {} };
    },
  };
}

async function start(folder: string): Promise<Generation> {
  const { component } = await buildPlugin({ folder: join(import.meta.dirname, "..", folder) });
  const plugin = await compilePlugin(component);
  const services = { ...benchServices(), calls: turnCalls() };
  const grants = plugin.capabilities;
  const backends = ["shop/users:80"];
  return createGeneration({ plugin, name: folder, version: "1.0.0", config: "{}", grants, services, backends });
}

async function cpuOf(run: () => unknown): Promise<number> {
  const began = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) * 1000;
}

function expectNext(verdict: Verdict): void {
  if (verdict.kind !== "next") throw new Error(`expected next, got ${JSON.stringify(verdict)}`);
}

/** One exchange for all: what it takes to make one is not the hook's. */
function atOnce(generation: Generation, hooks: number): void {
  const exchange = requestExchange(["x-call", "no"]);
  for (let i = 0; i < hooks; i++) expectNext(generation.onRequest(exchange));
}

function settled(verdict: Verdict): Promise<Verdict> {
  if (verdict.kind !== "wait") return Promise.resolve(verdict);
  const { settle } = verdict;
  return new Promise((resolve) => settle(resolve));
}

async function inTurn(generation: Generation, hooks: number): Promise<void> {
  const exchange = requestExchange();
  for (let i = 0; i < hooks; i++) {
    exchange.usage = undefined;
    expectNext(await settled(generation.onRequest(exchange)));
  }
}

async function together(generation: Generation, times: number, exchanges: readonly GuestExchange[]): Promise<void> {
  for (let i = 0; i < times; i++) {
    for (const exchange of exchanges) exchange.usage = undefined;
    const verdicts = exchanges.map((exchange) => generation.onRequest(exchange));
    for (const verdict of await Promise.all(verdicts.map(settled))) expectNext(verdict);
  }
}
