import type { Expectation } from "../guests/hostile/hostile-case.ts";
import type { ArenaView, Started } from "./messages.ts";

/** What became of one hostile module, as it was seen from outside. */
export interface Ordeal {
  /** Undefined: the process did not answer. */
  readonly started: Started | undefined;
  readonly before: ArenaView | undefined;
  readonly after: ArenaView | undefined;
  /** Of the requests that ran its hook. */
  readonly statuses: readonly number[];
  /** Milliseconds that these took, the median; not a number where there was none. */
  readonly usual: number;
  /** Requests to the other route that failed meanwhile. */
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
  const budget = expect.hook.endsWith("body") ? BUDGET.body : BUDGET.head;
  if (ordeal.usual > 2 * budget + ANYWAY) return `it was stopped after ${Math.round(ordeal.usual)} ms only`;
  return lostTooMany(ordeal) ? "it cost more requests than it faulted" : undefined;
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
export function faultsOf({ before, after }: Ordeal, code: string): number {
  return (after?.faults[code] ?? 0) - (before?.faults[code] ?? 0);
}

function lostTooMany(ordeal: Ordeal): boolean {
  const faults = Object.keys(ordeal.after?.faults ?? {}).reduce((sum, code) => sum + faultsOf(ordeal, code), 0);
  return ordeal.statuses.filter((status) => status !== 200).length > faults;
}
