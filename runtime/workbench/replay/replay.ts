import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { BuildResult } from "../../build/build-store.ts";
import type { RecordedExchange } from "../../telemetry/recorded-exchange.ts";
import { compareEffects, type EffectDifference } from "../../wasm/compare-effects.ts";
import type { Effects } from "../../wasm/effects.ts";
import type { FakeRequest } from "../fake-exchange.ts";
import { type MountedFilter, type MountOptions, mountFilter } from "../mount-filter.ts";
import { parseRecorded } from "./parse-recording.ts";

export interface ReplayOptions {
  /** A recording of `heddle proxy --record`. */
  readonly file: string;
  /** The version that is asked about, and the one that it is compared with. */
  readonly filter: BuildResult;
  readonly against: BuildResult;
  readonly setup: Pick<MountOptions, "config" | "sensitiveHeaders">;
  /** Told of each exchange that the two decide otherwise. */
  readonly onDifference: (difference: ReplayDifference) => void;
}

export interface ReplayDifference {
  /** Of the recording, from 1. */
  readonly line: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly differences: readonly EffectDifference[];
}

export interface ReplaySummary {
  readonly exchanges: number;
  readonly different: number;
  /** Of these, with another verdict or status. */
  readonly decided: number;
  /** Exchanges in which the filter failed. */
  readonly faults: number;
}

interface ReplayEffects {
  readonly request: Effects;
  readonly response?: Effects;
}

/**
 * Puts the exchanges of a recording through two versions of a filter, each at its time, and compares what they do. Bodies are not
 * recorded, and calls of filters fail: there is no backend.
 *
 * @throws RECORDING_INVALID; CONFIG_INVALID, CONFIG_REFUSED of either version
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const { file, filter, against, setup, onDifference } = options;
  const [before, after] = [await mountFilter(against, setup), await mountFilter(filter, setup)];
  const counts = { exchanges: 0, different: 0, decided: 0, faults: 0 };
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file, "utf8") })) {
      line += 1;
      if (text === "") continue;
      const recorded = parseRecorded(text, `${file}:${line}`);
      const [old, now] = [await run(before, recorded), await run(after, recorded)];
      const differences = compareEffects(old, now);
      counts.exchanges += 1;
      if (now.request.verdict === "fault" || now.response?.verdict === "fault") counts.faults += 1;
      if (differences.length === 0) continue;
      counts.different += 1;
      if (differences.some(({ field }) => /\.(verdict|status)$/.test(field))) counts.decided += 1;
      const { method, path, query } = recorded.request;
      onDifference({ line, method, path: query === undefined ? path : `${path}?${query}`, differences });
    }
  } finally {
    before.close();
    after.close();
  }
  return counts;
}

async function run(filter: MountedFilter, recorded: RecordedExchange): Promise<ReplayEffects> {
  const { time, response } = recorded;
  filter.clock.advance(Math.max(0, time - filter.clock.now()));
  filter.clock.setNow(time);
  const result = await filter.send(requestOf(recorded));
  const answered = response === undefined || result.verdict !== "next" ? undefined : await result.respond(response);
  result.end();
  // What was kept for a test to look at would be kept for a million of them.
  filter.logs.length = 0;
  filter.observations.clear();
  return { request: result.effects, ...(answered && { response: answered.effects }) };
}

function requestOf({ request, client, protocol, route, backends }: RecordedExchange): FakeRequest {
  const { method, scheme, authority, path, query, headers } = request;
  return {
    ...{ method, scheme, authority, headers, clientAddress: client, protocol, route, backends },
    path: query === undefined ? path : `${path}?${query}`,
  };
}
