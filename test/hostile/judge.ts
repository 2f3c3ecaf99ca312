import type { Expectation } from "../guests/hostile/hostile-case.ts";
import type { ArenaView, Started } from "./messages.ts";
import { quantile } from "./probe.ts";

/** What became of one hostile module, as it was seen from outside. */
export interface Ordeal {
  /** Undefined: the process did not answer. */
  readonly started: Started | undefined;
  readonly before: ArenaView | undefined;
  readonly after: ArenaView | undefined;
  /** Of the first requests: those that ran its hook, and one that found it in quarantine. */
  readonly statuses: readonly number[];
  /** Milliseconds of those that ran the hook. */
  readonly times: readonly number[];
  /** Milliseconds of answers by the failure policy while it was in quarantine. */
  readonly answers: readonly number[];
  /** Milliseconds of the requests to the other route meanwhile. */
  readonly latencies: readonly number[];
  /** Of these, those that failed. */
  readonly failures: number;
}

/** Milliseconds that a hook may take by the default limits, and a file may be judged for. */
const BUDGET = { head: 10, body: 50, start: 400 };
/** What a request takes anyway, on a machine that does other things as well. */
const ANYWAY = 10;

/** Why a module was not contained; undefined when it was. */
export function whyNotContained(expect: Expectation, ordeal: Ordeal): string | undefined {
  const { started, before, after, failures } = ordeal;
  if (started === undefined || before === undefined || after === undefined) return "the proxy did not answer";
  if (failures > 0) return `${failures} requests of another route failed`;
  if (after.restarts > before.restarts) return "a worker had to be replaced";
  if (started.took > 2 * BUDGET.start + 1_000) return `it took ${Math.round(started.took)} ms to start or refuse it`;
  if ("refused" in expect) return started.refused === expect.refused ? undefined : `got ${outcomeOf(ordeal)}`;
  if (started.refused !== undefined) return `it was refused with ${started.message}`;
  if ("verdict" in expect) return ordeal.statuses.every((status) => status === 200) ? undefined : outcomeOf(ordeal);
  if (faultsOf(ordeal, expect.fault) === 0) return `got ${outcomeOf(ordeal)}`;
  return lostTooMany(ordeal) ? "it cost more requests than it faulted" : undefined;
}

/** Why a module ran for too long; undefined when it did not. */
export function whyNotInTime(expect: Expectation, { times }: Ordeal): string | undefined {
  const usual = quantile(times, 0.5);
  if (!("fault" in expect) || !(usual > 2 * budgetOf(expect) + ANYWAY)) return undefined;
  return `it was stopped after ${Math.round(usual)} ms only`;
}

/** Why a hundredth of the requests to another route took too long beside hostile modules; undefined when they did not. */
export function whyNotBeside(calm: readonly number[], beside: readonly number[], least = 0): string | undefined {
  const slow = quantile(beside, 0.99);
  const allowed = 2 * Math.max(least, quantile(calm, 0.99));
  return slow <= allowed ? undefined : `expected at most ${allowed.toFixed(1)} ms`;
}

/** Milliseconds that the hook may take. */
export function budgetOf(expect: Expectation): number {
  return "hook" in expect && expect.hook.endsWith("body") ? BUDGET.body : BUDGET.head;
}

/** What happened, in a word. */
export function outcomeOf(ordeal: Ordeal): string {
  if (ordeal.started?.refused !== undefined) return ordeal.started.refused;
  const codes = Object.keys(ordeal.after?.faults ?? {}).filter((code) => faultsOf(ordeal, code) > 0);
  const told = codes.filter((code) => code !== "PLUGIN_QUARANTINED");
  if (told.length > 0) return told.join(", ");
  return ordeal.statuses.every((status) => status === 200) ? "next" : `statuses ${ordeal.statuses.join(" ")}`;
}

/** Faults of a code since the module serves. */
export function faultsOf({ before, after }: Pick<Ordeal, "before" | "after">, code: string): number {
  return (after?.faults[code] ?? 0) - (before?.faults[code] ?? 0);
}

function lostTooMany(ordeal: Ordeal): boolean {
  const faults = Object.keys(ordeal.after?.faults ?? {}).reduce((sum, code) => sum + faultsOf(ordeal, code), 0);
  return ordeal.statuses.filter((status) => status !== 200).length > faults;
}
