import type { BuildResult } from "../../build/build-store.ts";
import type { ManualClock } from "../../telemetry/clock.ts";
import { createGeneration, type Generation } from "../../wasm/generation.ts";
import { compilePlugin } from "../../wasm/plugin.ts";
import type { CaseStep, FilterCase } from "../cases/filter-case.ts";
import type { FakeAnswer } from "../fake-calls.ts";
import { createFakeExchange, type FakeExchange, piecesOf } from "../fake-exchange.ts";
import { fakeStore } from "../fake-store.ts";
import { createRecordingServices } from "../recording-services.ts";
import { answer, requestHooks, responseHooks } from "../run-exchange.ts";
import { type Lane, lanesOf, message, type Part } from "./lanes.ts";
import { createReadyCalls, type ReadyCalls } from "./ready-calls.ts";

/** What one part of an exchange costs. */
export interface PartCost {
  readonly part: Part;
  /** Of the thread's CPU time, for one exchange: the median of the rounds. */
  readonly nanoseconds: number;
  /** Units, for one exchange. */
  readonly fuel: number;
  /** To backends, in one exchange: each makes the filter sleep once, and is answered at once. */
  readonly calls: number;
}

export interface CaseCost {
  /** The case's, and of which of its exchanges where it has several. */
  readonly name: string;
  /** What became of the request. */
  readonly verdict: string;
  /** Whether the filter decides otherwise as the same request comes again and again, as when a quota is used up. */
  readonly mixed: boolean;
  readonly parts: readonly PartCost[];
  /** Bytes of linear memory when all was done. */
  readonly memory: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  /** Of CPU time, in each round. */
  readonly milliseconds: number;
}

/** Exchanges that are made before a batch is timed: a filter sees each of them once. */
const BATCH = 250;
/** By which the clock moves on between batches, so that quota comes back. */
const BETWEEN = 3_600_000;

/**
 * Measures each exchange of a case, after those before it. Calls are answered at once by what the case says: what counts is the
 * filter's own time with its sleeping and waking, neither a backend nor the way there.
 */
export async function measureCase(built: BuildResult, one: FilterCase, options: MeasureOptions): Promise<CaseCost[]> {
  const steps = one.steps.filter(({ request }) => request !== undefined);
  const costs: CaseCost[] = [];
  for (const [at, step] of steps.entries()) {
    const name = steps.length === 1 ? one.name : `${one.name}, ${at + 1}`;
    costs.push(await measureStep(built, { ...one, name }, step, options));
  }
  return costs;
}

async function measureStep(
  built: BuildResult,
  one: FilterCase,
  step: CaseStep,
  options: MeasureOptions,
): Promise<CaseCost> {
  const host = await start(built, one);
  const { generation } = host;
  for (const earlier of one.steps.slice(0, one.steps.indexOf(step))) await pass(host, earlier);
  host.clock.advance(step.advance);
  const lanes = lanesOf(generation, step, () => {
    host.clock.advance(BETWEEN);
    host.fillStore();
  });
  const verdictOf = async (exchange: FakeExchange) => (await lanes.request.run(exchange)).verdict.kind;
  const verdict = await verdictOf(createFakeExchange(step.request ?? {}));
  let mixed = false;
  for (const exchange of lanes.request.batch(BATCH)) mixed = (await verdictOf(exchange)) !== verdict || mixed;
  const parts = Object.entries(lanes).filter(([part]) => hasPart(generation, part as Part, verdict, step));
  // Before anything is timed, so that the collector is where it is each time.
  const burnt: Pick<PartCost, "fuel" | "calls">[] = [];
  for (const [, lane] of parts) burnt.push(await burntBy(lane, host));
  const costs: PartCost[] = [];
  for (const [at, [part, lane]] of parts.entries()) {
    costs.push({ part: part as Part, nanoseconds: await medianOf(lane, options), ...(burnt[at] as (typeof burnt)[0]) });
  }
  const cost = { name: one.name, verdict, mixed, parts: costs, memory: generation.memorySize };
  generation.close();
  return cost;
}

function hasPart({ hooks }: Generation, part: Part, verdict: string, { response }: CaseStep): boolean {
  if (part === "request") return true;
  if (part === "log") return hooks.has("on-log");
  const sees = hooks.has("on-response") || hooks.has("on-response-body");
  return sees && verdict === "next" && (response !== undefined || hooks.has("on-response"));
}

/** Puts an exchange through that comes before the one that is measured. */
async function pass({ generation, clock }: Started, { advance, request, response }: CaseStep): Promise<void> {
  clock.advance(advance);
  if (request === undefined) return;
  const exchange = createFakeExchange(request);
  const run = await message(requestHooks(generation, exchange), piecesOf(request));
  if (response === undefined || run.verdict.kind !== "next") return;
  answer(exchange, response);
  await message(responseHooks(generation, exchange), piecesOf(response));
}

interface Started {
  readonly generation: Generation;
  readonly clock: ManualClock;
  readonly calls: ReadyCalls;
  /** With what the case finds in it. */
  fillStore(): void;
}

async function start(built: BuildResult, { setup }: FilterCase): Promise<Started> {
  const { manifest, component } = built;
  const { services, clock } = createRecordingServices(setup.keySets ?? {}, setup.now, {}, setup.quota);
  // Cases are texts: their backends always give the same answer.
  const calls = createReadyCalls((setup.http ?? {}) as Readonly<Record<string, FakeAnswer>>);
  const store = fakeStore(services.store, manifest.name);
  const fillStore = (): void => {
    for (const [key, value] of Object.entries(setup.store ?? {})) store.set(key, value);
  };
  fillStore();
  const plugin = await compilePlugin(component);
  const generation = await createGeneration({
    ...{ plugin, name: manifest.name, version: manifest.version },
    config: JSON.stringify(setup.config ?? {}),
    grants: setup.grants ?? manifest.capabilities,
    sensitiveHeaders: setup.sensitiveHeaders ?? manifest.sensitiveHeaders,
    backends: Object.keys(setup.http ?? {}),
    // Kept lines and observations would cost more than the filter.
    services: { ...services, calls, log() {}, metrics: { count() {}, gauge() {}, observe() {} } },
  });
  return { generation, clock, calls, fillStore };
}

async function medianOf(lane: Lane, { rounds, milliseconds }: MeasureOptions): Promise<number> {
  await perExchange(lane, milliseconds);
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) found.push(await perExchange(lane, milliseconds));
  return found.sort((a, b) => a - b)[found.length >> 1] ?? Number.NaN;
}

async function perExchange(lane: Lane, milliseconds: number): Promise<number> {
  let [spent, exchanges] = [0, 0];
  while (spent < milliseconds * 1e6) {
    const batch = lane.batch(BATCH);
    const began = process.threadCpuUsage();
    await runAll(lane, batch);
    const { user, system } = process.threadCpuUsage(began);
    spent += (user + system) * 1000;
    exchanges += BATCH;
  }
  return spent / exchanges;
}

/** One after the other. A filter that does not wait is not waited for, which would cost more than many a hook. */
async function runAll(lane: Lane, exchanges: readonly FakeExchange[]): Promise<void> {
  for (const exchange of exchanges) {
    const run = lane.run(exchange);
    if (run instanceof Promise) await run;
  }
}

async function burntBy(lane: Lane, { generation, calls }: Started): Promise<Pick<PartCost, "fuel" | "calls">> {
  const before = { fuel: generation.fuelUsed ?? 0, calls: calls.count };
  await runAll(lane, lane.batch(BATCH));
  return {
    fuel: Math.round(((generation.fuelUsed ?? 0) - before.fuel) / BATCH),
    calls: (calls.count - before.calls) / BATCH,
  };
}
