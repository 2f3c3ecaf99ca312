import { type FieldPath, fieldPath } from "../../config/issue.ts";
import { isHeddleError, messageOf } from "../../errors.ts";
import type { Effects } from "../../wasm/effects.ts";
import { type MountedFilter, mountFilter } from "../mount-filter.ts";
import type { CaseStep, FilterCase, Wanted } from "./filter-case.ts";
import { type Happened, isAsWanted, type Mismatch, mismatches } from "./mismatch.ts";

/** What a filter did in one step, for a snapshot. */
export interface StepEffects {
  readonly request: Effects;
  readonly response?: Effects;
}

export interface CaseFailure {
  /** From 1. */
  readonly line: number;
  /** What was looked at: `expect.headers.x-user`, `steps[2].expect.status`. */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

export interface CaseReport {
  readonly failures: readonly CaseFailure[];
  /** Why it could not run at all. */
  readonly broken?: string;
  /** `file:line:column` of each frame of the filter that trapped, when nobody expected it. */
  readonly frames: readonly string[];
}

/** Compares the effects of a step with what was kept. @param step from 0; undefined in a case of one exchange */
export type MatchSnapshot = (effects: StepEffects, step: number | undefined) => Omit<CaseFailure, "line"> | undefined;

/**
 * Runs a case on a filter of its own.
 *
 * @param mount starts the filter under the case's setup
 */
export async function runCase(
  one: FilterCase,
  folder: string,
  matchSnapshot: MatchSnapshot,
  mount: typeof mountFilter = mountFilter,
): Promise<CaseReport> {
  const mounted = await tryMount(() => mount(folder, one.setup));
  if (one.refused !== undefined) return refusalReport(one, one.refused, mounted);
  if (!("filter" in mounted)) return { failures: [], broken: mounted.words, frames: [] };
  try {
    return await runSteps(one, mounted.filter, matchSnapshot);
  } finally {
    mounted.filter.close();
  }
}

type Mounted = { readonly filter: MountedFilter } | { readonly code: string; readonly words: string };

async function tryMount(mount: () => Promise<MountedFilter>): Promise<Mounted> {
  try {
    return { filter: await mount() };
  } catch (error) {
    return { code: isHeddleError(error) ? error.code : "", words: messageOf(error) };
  }
}

function refusalReport(one: FilterCase, wanted: Wanted, mounted: Mounted): CaseReport {
  const refusal = "words" in mounted ? mounted : undefined;
  if ("filter" in mounted) mounted.filter.close();
  const isRefusal = refusal?.code === "CONFIG_REFUSED" || refusal?.code === "CONFIG_INVALID";
  if (refusal !== undefined && !isRefusal) return { failures: [], broken: refusal.words, frames: [] };
  const isRight = typeof wanted === "string" ? refusal?.words.includes(wanted) : isAsWanted(wanted, refusal?.words);
  if (isRight && refusal !== undefined) return { failures: [], frames: [] };
  const expected = typeof wanted === "string" ? wanted : JSON.stringify(wanted);
  const actual = refusal?.words ?? "a filter that accepts its configuration";
  return { failures: [{ line: one.line, field: "refused", expected, actual }], frames: [] };
}

async function runSteps(one: FilterCase, filter: MountedFilter, matchSnapshot: MatchSnapshot): Promise<CaseReport> {
  const failures: CaseFailure[] = [];
  const frames: string[] = [];
  for (const [at, step] of one.steps.entries()) {
    filter.clock.advance(step.advance);
    if (step.request === undefined) continue;
    const { happened, effects } = await runStep(step, filter);
    failures.push(...mismatches(step.expect, happened).map((found) => failureOf(one, step, found)));
    if (step.expect.verdict !== "fault" && step.expect.fault === undefined) frames.push(...happened.frames);
    if (happened.verdict === "fault" && frames.length > 0 && failures.length === 0)
      failures.push(surprise(one, happened));
    if (!step.snapshot) continue;
    const kept = matchSnapshot(effects, one.steps.length === 1 ? undefined : at);
    if (kept !== undefined) failures.push({ ...kept, line: one.lineOf([...step.path, "snapshot"]) });
  }
  return { failures: failures.sort((a, b) => a.line - b.line), frames };
}

interface Ran {
  readonly happened: Happened & { readonly frames: readonly string[] };
  readonly effects: StepEffects;
}

async function runStep({ request = {}, response }: CaseStep, filter: MountedFilter): Promise<Ran> {
  const before = { logs: filter.logs.length, calls: filter.calls.length };
  const result = await filter.send(request);
  const answered = response === undefined ? undefined : await result.respond(response);
  result.end();
  const happened = {
    ...result,
    attributes: answered?.attributes ?? result.attributes,
    response: answered,
    logs: filter.logs.slice(before.logs),
    calls: filter.calls.slice(before.calls),
    counters: filter.counters,
    gauges: filter.gauges,
    stored: filter.store.get,
    frames: [...(result.fault?.frames ?? []), ...(answered?.fault?.frames ?? [])],
  };
  return { happened, effects: { request: result.effects, ...(answered && { response: answered.effects }) } };
}

function failureOf(one: FilterCase, step: CaseStep, { path, expected, actual }: Mismatch): CaseFailure {
  const field: FieldPath = [...step.path, "expect", ...path];
  return { line: one.lineOf(field), field: fieldPath(field.slice(2)), expected, actual };
}

/** A trap is never what a case wants that does not say so. */
function surprise(one: FilterCase, { fault }: Happened): CaseFailure {
  return { line: one.line, field: "verdict", expected: "no fault", actual: `${fault?.code}: ${fault?.detail}` };
}
