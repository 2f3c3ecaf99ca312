import type { Expectation, HostileCase } from "../guests/hostile/hostile-case.ts";
import type { Arena } from "./arena.ts";
import { Caller } from "./caller.ts";
import { budgetOf, faultsOf, type Ordeal } from "./judge.ts";
import type { Probe } from "./probe.ts";

/** As many as a plugin may fault before it is quarantined, and one more. */
const REQUESTS = 6;
/** How many of them run the hook at least: a plugin may trap five times, and use up its time twice. */
const RUNS = 5;
const RUNS_ENDLESS = 2;
/** Milliseconds until what a hook says after the response must have been counted. */
const LATE = 1_000;
/** Milliseconds after a quarantine in which it is not tried again: the first wait is a second, a fifth less at least. */
const REFUSED = 700;
/** Milliseconds between two requests to the hostile route, while it is refused and later. */
const SOON = 5;
const LATER = 20;

/**
 * Lets one hostile module serve, and sends requests that run its hook, then others until the window is over. What the
 * other route saw is that of the whole window.
 *
 * @param window milliseconds
 */
export async function undergo(
  arena: Arena,
  probe: Probe,
  { expect }: HostileCase,
  bytes: Uint8Array,
  window: number,
): Promise<Ordeal> {
  await probe.look();
  const until = performance.now() + window;
  const before = await arena.ask("look", {});
  const started = await arena.ask("serve", { bytes, policy: "closed" });
  const runs = started?.refused === undefined && "hook" in expect;
  const asked = runs ? await askFor(arena, expect, until) : NOTHING;
  await pause(until - performance.now());
  const after = await counted(arena, expect, before);
  const { latencies, failures } = await probe.look();
  return { started, before, after, ...asked, latencies, failures };
}

const NOTHING = { statuses: [], times: [], answers: [] };

/** The requests that run the hook, and those that find it refused. */
async function askFor(
  arena: Arena,
  expect: Expectation,
  until: number,
): Promise<Pick<Ordeal, "statuses" | "times" | "answers">> {
  const caller = new Caller(arena.port);
  const ask = async () => {
    const began = performance.now();
    const status = await caller.ask("POST", "/hostile", "body");
    return { status, took: performance.now() - began };
  };
  const first = [];
  for (let i = 0; i < REQUESTS; i += 1) first.push(await ask());
  const faults = "fault" in expect;
  const ran = first.slice(0, faults && expect.fault === "FUEL_EXHAUSTED" ? RUNS_ENDLESS : RUNS);
  const answers: number[] = [];
  const tried = performance.now() + REFUSED;
  while (faults && performance.now() < until) {
    const refused = performance.now() < tried;
    const { status, took } = await ask();
    if (refused && status === 503) answers.push(took);
    await pause(refused ? SOON : LATER);
  }
  caller.close();
  return { statuses: first.map(({ status }) => status), times: ran.map(({ took }) => took), answers };
}

/** What the proxy counts, once what was expected is among it or does not come any more. */
async function counted(arena: Arena, expect: Expectation, before: Ordeal["before"]): Promise<Ordeal["after"]> {
  const until = performance.now() + LATE;
  for (;;) {
    const after = await arena.ask("look", {});
    if (after === undefined || !("fault" in expect) || faultsOf({ before, after }, expect.fault) > 0) return after;
    if (performance.now() > until) return after;
  }
}

/** Both as one: another look at the same module, since a machine that is busy elsewhere is not its fault. */
export function pooled(first: Ordeal, second: Ordeal): Ordeal {
  const both = (list: "statuses" | "times" | "answers" | "latencies") => [...first[list], ...second[list]];
  return {
    ...{ started: first.started, before: first.before, after: second.after },
    ...{ statuses: both("statuses"), times: both("times"), answers: both("answers"), latencies: both("latencies") },
    failures: first.failures + second.failures,
  };
}

/** Milliseconds for a look at a module that is refused, that faults at once, and for each millisecond that a hook may take. */
const REFUSAL = 250;
const FAULT = 1_000;
const BUDGETS = 400;
const QUICKER = 10;

/**
 * How long a module is looked at. One hook that uses up its time holds up the requests of one thread for as long, so that the
 * window must be many times that if one request in a hundred is to say anything.
 */
export function windowOf(expect: Expectation, quick: boolean): number {
  const endless = "fault" in expect && expect.fault === "FUEL_EXHAUSTED";
  const window = "refused" in expect ? REFUSAL : endless ? BUDGETS * budgetOf(expect) : FAULT;
  return quick ? window / QUICKER : window;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
