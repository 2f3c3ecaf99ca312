import type { BuildResult } from "../../build/build-store.ts";
import type { RecordedExchange, RecordingEnd } from "../../telemetry/recorded-exchange.ts";
import type { ProxyWasmOptions } from "../../wasm/abi/proxy-wasm/options.ts";
import { compareEffects, type EffectDifference } from "../../wasm/compare-effects.ts";
import type { FakeBackend } from "../fake-calls.ts";
import { type MountOptions, mountFilter } from "../mount-filter.ts";
import { readRecording } from "./parse-recording.ts";
import { createRecordedAnswers } from "./recorded-answers.ts";
import { type ReplayedVersion, type ReplayRun, replayExchange } from "./replay-exchange.ts";

/** One version of a filter. @see ProxyWasmOptions for what one of another mesh was made for */
export type ReplayVersion = BuildResult & { readonly proxyWasm?: ProxyWasmOptions };

export interface ReplayOptions {
  /** A recording of `heddle proxy --record`. */
  readonly file: string;
  /** The version that is asked about, and the one that it is compared with. */
  readonly filter: ReplayVersion;
  readonly against: ReplayVersion;
  readonly setup: Pick<MountOptions, "config" | "sensitiveHeaders" | "keySets">;
  /** Told of each exchange that the two decide otherwise. */
  readonly onDifference: (difference: ReplayDifference) => void;
}

export interface ReplayDifference {
  /** Of the recording, from 1. */
  readonly line: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Those of verdict and status first. */
  readonly differences: readonly EffectDifference[];
}

export interface ReplaySummary {
  readonly exchanges: number;
  readonly different: number;
  /** Of these, with another verdict or status. */
  readonly decided: number;
  /** Exchanges in which the version that is asked about failed. */
  readonly faults: number;
  /** Exchanges in which a version looked at a body or made a call that is not in the recording. */
  readonly incomplete: number;
  /** Exchanges that the proxy could not record; undefined where the recording was cut off. */
  readonly lost: number | undefined;
}

/**
 * Puts the exchanges of a recording through two versions of a filter, each at its time, and compares what they do. Their
 * calls are answered as they were when the exchange was recorded.
 *
 * @throws USAGE, RECORDING_INVALID before anything runs; CONFIG_INVALID, CONFIG_REFUSED of either version
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const { file, filter, against, setup, onDifference } = options;
  const { backends, end } = await survey(file);
  const before = await mountVersion(against, setup, backends);
  const after = await mountVersion(filter, setup, backends);
  const counts = { exchanges: 0, different: 0, decided: 0, faults: 0, incomplete: 0 };
  try {
    for await (const { line, recorded } of readRecording(file)) {
      if ("end" in recorded) continue;
      const [old, now] = [await replayExchange(before, recorded), await replayExchange(after, recorded)];
      const differences = differencesOf(old, now);
      counts.exchanges += 1;
      if (now.faulted) counts.faults += 1;
      if (old.incomplete || now.incomplete) counts.incomplete += 1;
      if (differences.length === 0) continue;
      counts.different += 1;
      if (differences.some(isDecision)) counts.decided += 1;
      onDifference({ line, method: recorded.request.method, path: targetOf(recorded), differences });
    }
  } finally {
    before.filter.close();
    after.filter.close();
  }
  return { ...counts, lost: end?.lost };
}

/** Reads all of a recording once, so that nothing is run of one that is not in order. */
async function survey(file: string): Promise<{ backends: ReadonlySet<string>; end: RecordingEnd["end"] | undefined }> {
  const backends = new Set<string>();
  let end: RecordingEnd["end"] | undefined;
  for await (const { recorded } of readRecording(file)) {
    if ("end" in recorded) end = recorded.end;
    else for (const { backend } of recorded.calls ?? []) backends.add(backend);
  }
  return { backends, end };
}

async function mountVersion(
  { proxyWasm, ...built }: ReplayVersion,
  setup: ReplayOptions["setup"],
  backends: ReadonlySet<string>,
): Promise<ReplayedVersion> {
  const answers = createRecordedAnswers();
  const http: Record<string, FakeBackend> = {};
  for (const backend of backends) http[backend] = answers.answer;
  return { filter: await mountFilter(built, { ...setup, http, ...(proxyWasm && { proxyWasm }) }), answers };
}

function targetOf({ request: { path, query } }: RecordedExchange): string {
  return query === undefined ? path : `${path}?${query}`;
}

function isDecision({ field }: EffectDifference): boolean {
  return FIRST.includes(field);
}

/** What one version made of a response that the other did not let come says nothing beside that. */
function differencesOf(old: ReplayRun, now: ReplayRun): EffectDifference[] {
  const both = old.effects.response !== undefined && now.effects.response !== undefined;
  const effects = ({ effects }: ReplayRun) => (both ? effects : { request: effects.request, calls: effects.calls });
  return compareEffects(effects(old), effects(now)).sort((a, b) => weightOf(a) - weightOf(b));
}

const FIRST = ["request.verdict", "request.status", "response.verdict", "response.status"];

function weightOf({ field }: EffectDifference): number {
  const at = FIRST.indexOf(field);
  return at < 0 ? FIRST.length : at;
}
