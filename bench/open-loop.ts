/**
 * `node open-loop.ts PLAN`: loads one server after the other with evenly spaced requests, whatever they do, in windows of some
 * thousand requests, and goes on to the next window as soon as all of one is answered. A request is sent on the connection
 * that has been free the longest; where none is, it waits. Its latency counts from the moment at which it was due, so that
 * a server that falls behind cannot hide it (coordinated omission). PLAN is an OpenLoopPlan as JSON; prints an
 * OpenLoopResult as JSON.
 *
 * It never sleeps: to be run at the lowest priority, where it yields to whoever else wants its CPU.
 */
import { readMachine } from "./cpu.ts";
import { percentile } from "./statistics.ts";
import { openWindowLoad, type WindowLoad, type WindowResult, type WindowShape } from "./window-load.ts";

export interface OpenLoopPlan extends WindowShape {
  /** Servers on loopback. */
  readonly ports: readonly number[];
  /** Kept alive to each of them. */
  readonly connections: number;
  /** Windows that come first and do not count: this program is compiled meanwhile, and falls behind by milliseconds. Indices of `ports`. */
  readonly warmup: readonly number[];
  /** A window each: an index of `ports`. */
  readonly turns: readonly number[];
}

export interface OpenLoopWindow extends WindowResult {
  /** An index of the plan's ports. */
  readonly server: number;
  /** Milliseconds that the hypervisor took from the machine's CPUs. */
  readonly stolen: number;
  /** CPU that processes used which are not children of this one's parent, in cores. */
  readonly foreign: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface OpenLoopResult {
  readonly windows: readonly OpenLoopWindow[];
  /** Of each server: answers other than 200 and connections that broke. */
  readonly failed: readonly number[];
  /** Of each server: milliseconds over all windows, as if they were one. */
  readonly everything: readonly Percentiles[];
  /** The server that fell so far behind that the run was ended. */
  readonly saturated?: number | undefined;
}

const plan = JSON.parse(process.argv[2] ?? "") as OpenLoopPlan;
const loads: WindowLoad[] = [];
for (const port of plan.ports) loads.push(await openWindowLoad(port, plan.connections));

await runWindows(plan.warmup);
for (const load of loads) load.forget();
const { windows, saturated } = await runWindows(plan.turns);
const failed = loads.map((load) => load.failed);
const everything = loads.map((load) => percentilesOf(load.latencies()));
const result: OpenLoopResult = { windows, failed, everything, saturated };
process.stdout.write(JSON.stringify(result), () => process.exit());

async function runWindows(turns: readonly number[]) {
  const windows: OpenLoopWindow[] = [];
  let [since, before] = [performance.now(), readMachine(process.ppid)];
  for (const server of turns) {
    const window = await loads[server]?.run(plan);
    if (window === undefined) return { windows, saturated: server };
    const [at, now] = [performance.now(), readMachine(process.ppid)];
    const foreign = (now.foreign - before.foreign) / ((at - since) / 1000);
    windows.push({ server, ...window, foreign, stolen: Math.round((now.stolen - before.stolen) * 1000) });
    [since, before] = [at, now];
  }
  return { windows, saturated: undefined };
}

function percentilesOf(sorted: Float64Array): Percentiles {
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: percentile(sorted, 1) };
}
