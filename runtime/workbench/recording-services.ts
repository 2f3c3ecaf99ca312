import { randomBytes } from "node:crypto";
import { parseJwks } from "../wasm/services/jwks.ts";
import type { VerificationKey } from "../wasm/services/key-sets.ts";
import { createQuota } from "../wasm/services/quota.ts";
import { createStore } from "../wasm/services/store.ts";
import type { HostServices } from "../wasm/services.ts";
import { createFakeCalls, type FakeBackend, type FakeCall } from "./fake-calls.ts";
import { createFakeTime, type FakeTime } from "./fake-time.ts";
import { type FakeQuota, presetQuota } from "./preset-quota.ts";

export interface LogLine {
  readonly level: "trace" | "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** What a filter has left behind at the host. */
export interface Recording {
  readonly logs: LogLine[];
  /** Sum of each counter. */
  readonly counters: Map<string, number>;
  /** Last value of each gauge. */
  readonly gauges: Map<string, number>;
  /** Every observation of each histogram. */
  readonly observations: Map<string, number[]>;
  /** Calls to backends, in order. */
  readonly calls: FakeCall[];
}

/** A JSON Web Key Set by name: as an object, as JSON text, or parsed. */
export type FakeKeySets = Readonly<Record<string, string | object | readonly VerificationKey[]>>;

export interface RecordingServices {
  readonly services: HostServices;
  readonly clock: FakeTime["clock"];
  readonly recording: Recording;
  /** Resolves when no call is open and whoever waited for the last one has gone on. */
  idle(): Promise<void>;
  /** Replaces the key sets, as a rotation would. */
  setKeySets(keySets: FakeKeySets): void;
}

/** The host's real services over a clock that stands still, with logs and metrics kept for the test to look at. */
export function createRecordingServices(
  keySets: FakeKeySets,
  now: number | undefined,
  backends: Readonly<Record<string, FakeBackend>> = {},
  quota: FakeQuota = {},
): RecordingServices {
  const time = createFakeTime(now);
  const { clock } = time;
  const calls = createFakeCalls(backends, time);
  const recording: Recording = {
    ...{ logs: [], counters: new Map(), gauges: new Map(), observations: new Map() },
    calls: calls.made,
  };
  let known = parseKeySets(keySets);
  const services: HostServices = {
    clock,
    log: ({ level, message }) => void recording.logs.push({ level, message }),
    metrics: {
      count: (_, name, by) => void recording.counters.set(name, (recording.counters.get(name) ?? 0) + by),
      gauge: (_, name, value) => void recording.gauges.set(name, value),
      observe: (_, name, value) =>
        void recording.observations.set(name, [...(recording.observations.get(name) ?? []), value]),
    },
    keySets: { get: (name) => known.get(name) },
    quota: presetQuota(createQuota({ clock, maxBuckets: 100_000 }), quota),
    store: createStore({ clock, maxEntries: 10_000, maxBytes: 1 << 20 }),
    random: (bytes) => randomBytes(bytes),
    calls,
    every: time.every,
  };
  return {
    ...{ services, clock, recording, idle: calls.idle },
    setKeySets(next) {
      known = parseKeySets(next);
    },
  };
}

function parseKeySets(keySets: FakeKeySets): Map<string, readonly VerificationKey[]> {
  return new Map(Object.entries(keySets).map(([name, keys]) => [name, parseKeySet(keys)]));
}

function parseKeySet(keys: FakeKeySets[string]): readonly VerificationKey[] {
  if (typeof keys === "string") return parseJwks(keys);
  return Array.isArray(keys) ? keys : parseJwks(JSON.stringify(keys));
}
