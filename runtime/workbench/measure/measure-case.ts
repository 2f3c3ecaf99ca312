import type { BuildResult } from "../../build/build-store.ts";
import type { ManualClock } from "../../telemetry/clock.ts";
import { createGeneration, type Generation } from "../../wasm/generation.ts";
import { compilePlugin } from "../../wasm/plugin.ts";
import type { CaseStep, FilterCase } from "../cases/filter-case.ts";
import { createFakeExchange, type FakeExchange, piecesOf } from "../fake-exchange.ts";
import { fakeStore } from "../fake-store.ts";
import { createRecordingServices } from "../recording-services.ts";
import { answer, requestHooks, responseHooks } from "../run-exchange.ts";
import { type MessageRun, runMessage } from "../run-message.ts";

/** What one part of an exchange costs: `request` and `response` with their bodies, `log`. */
export interface PartCost {
  readonly part: Part;
  /** Of the thread's CPU time, for one exchange: the median of the rounds. */
  readonly nanoseconds: number;
  /** Units, for one exchange. */
  readonly fuel: number;
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

export type Part = "request" | "response" | "log";

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
 * Measures each exchange of a case, after those before it. Undefined in place of one in which the filter waits for a call, which
 * costs what the backend does, and of those after it.
 */
export async function measureCase(
  built: BuildResult,
  one: FilterCase,
  options: MeasureOptions,
): Promise<(CaseCost | undefined)[]> {
  const steps = one.steps.filter(({ request }) => request !== undefined);
  const costs: (CaseCost | undefined)[] = [];
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
): Promise<CaseCost | undefined> {
  const host = await start(built, one);
  const { generation } = host;
  const before = one.steps.slice(0, one.steps.indexOf(step));
  const isAt = before.every((earlier) => passes(host, earlier));
  host.clock.advance(step.advance);
  const lanes = lanesOf(generation, step, () => {
    host.clock.advance(BETWEEN);
    host.fillStore();
  });
  const verdict = isAt ? lanes.request.run(createFakeExchange(step.request ?? {}))?.verdict.kind : undefined;
  if (verdict === undefined) {
    generation.close();
    return undefined;
  }
  const mixed = lanes.request.batch(BATCH).some((exchange) => lanes.request.run(exchange)?.verdict.kind !== verdict);
  const parts = Object.entries(lanes).filter(([part]) => hasPart(generation, part as Part, verdict, step));
  // Before anything is timed, so that the collector is where it is each time.
  const fuels = parts.map(([, lane]) => fuelOf(lane, generation));
  const costs = parts.map(([part, lane], at) => ({
    part: part as Part,
    nanoseconds: medianOf(lane, options),
    fuel: fuels[at] ?? 0,
  }));
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

interface Lane {
  batch(size: number): FakeExchange[];
  /** Undefined when a hook waits. */
  run(exchange: FakeExchange): MessageRun | undefined;
}

function lanesOf(
  generation: Generation,
  { request = {}, response = {} }: CaseStep,
  between: () => void,
): Record<Part, Lane> {
  const [asked, answered] = [piecesOf(request), piecesOf(response)];
  const fresh = (size: number): FakeExchange[] => {
    between();
    return Array.from({ length: size }, () => createFakeExchange(request));
  };
  const withResponse = (size: number): FakeExchange[] => {
    const exchanges = fresh(size);
    for (const exchange of exchanges) answer(exchange, response);
    return exchanges;
  };
  return {
    request: { batch: fresh, run: (exchange) => message(requestHooks(generation, exchange), asked) },
    response: { batch: withResponse, run: (exchange) => message(responseHooks(generation, exchange), answered) },
    log: {
      batch: withResponse,
      run: (exchange) => ({ verdict: generation.onLog(exchange), body: NOTHING }),
    },
  };
}

const NOTHING = new Uint8Array(0);

function message(hooks: Parameters<typeof runMessage>[0], pieces: readonly Uint8Array[]): MessageRun | undefined {
  let run: MessageRun | undefined;
  runMessage(hooks, pieces, (done) => {
    run = done;
  });
  return run;
}

/** Puts an exchange through that comes before the one that is measured. False where it waits for a call. */
function passes({ generation, clock }: Started, { advance, request, response }: CaseStep): boolean {
  clock.advance(advance);
  if (request === undefined) return true;
  const exchange = createFakeExchange(request);
  const run = message(requestHooks(generation, exchange), piecesOf(request));
  if (run === undefined) return false;
  if (response === undefined || run.verdict.kind !== "next") return true;
  answer(exchange, response);
  return message(responseHooks(generation, exchange), piecesOf(response)) !== undefined;
}

interface Started {
  readonly generation: Generation;
  readonly clock: ManualClock;
  /** With what the case finds in it. */
  fillStore(): void;
}

async function start(built: BuildResult, { setup }: FilterCase): Promise<Started> {
  const { manifest, component } = built;
  const { services, clock } = createRecordingServices(setup.keySets ?? {}, setup.now, setup.http, setup.quota);
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
    services: { ...services, log() {}, metrics: { count() {}, gauge() {}, observe() {} } },
  });
  return { generation, clock, fillStore };
}

function medianOf(lane: Lane, { rounds, milliseconds }: MeasureOptions): number {
  perExchange(lane, milliseconds);
  const found = Array.from({ length: rounds }, () => perExchange(lane, milliseconds));
  return found.sort((a, b) => a - b)[found.length >> 1] ?? Number.NaN;
}

function perExchange(lane: Lane, milliseconds: number): number {
  let [spent, exchanges] = [0, 0];
  while (spent < milliseconds * 1e6) {
    const batch = lane.batch(BATCH);
    const began = process.threadCpuUsage();
    for (const exchange of batch) lane.run(exchange);
    const { user, system } = process.threadCpuUsage(began);
    spent += (user + system) * 1000;
    exchanges += BATCH;
  }
  return spent / exchanges;
}

function fuelOf(lane: Lane, generation: Generation): number {
  const before = generation.fuelUsed ?? 0;
  for (const exchange of lane.batch(BATCH)) lane.run(exchange);
  return Math.round(((generation.fuelUsed ?? 0) - before) / BATCH);
}
