import type { KeySetSource } from "../config/snapshot.ts";
import { messageOf } from "../errors.ts";
import type { Clock } from "../telemetry/clock.ts";
import { parseJwks } from "../wasm/services/jwks.ts";
import type { VerificationKey } from "../wasm/services/key-sets.ts";
import { type BackoffOptions, createBackoff, pause } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import { fetchJwks } from "./fetch-jwks.ts";

/** The keys at a URL. Nothing that a request does waits for a fetch. */
export interface RemoteKeySet {
  /** Those of the last good fetch, for a day; empty when there are none, or none that young. */
  keys(): readonly VerificationKey[];
  /** Milliseconds since the epoch until which these keys serve. */
  readonly until: number;
  /** A token named a key that is not there: fetches soon, but at most once in 30 s, whatever key ids are made up. */
  missed(): void;
  close(): void;
}

export interface RemoteKeySetMeans {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
  readonly retry?: BackoffOptions;
  /** Milliseconds that a plugin's start waits for the first answer. */
  readonly patience?: number;
}

export interface KeySetAtUrl {
  readonly name: string;
  readonly source: Extract<KeySetSource, { kind: "url" }>;
  readonly plugin: string;
}

const SHORTEST_REFRESH = 30_000;
const REFETCH_INTERVAL = 30_000;
const LAST_GOOD = 24 * 3600 * 1000;

interface Fetched {
  readonly keys: readonly VerificationKey[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Resolves with the keys of the first fetch, or after `patience` with those that were good before a restart.
 *
 * @param fetched called after every fetch that brought keys
 */
export async function followKeySet(
  what: KeySetAtUrl,
  means: RemoteKeySetMeans,
  fetched: () => void,
): Promise<RemoteKeySet> {
  const { clock, patience = 1_000 } = means;
  const stop = new AbortController();
  let good = await readStored(what, means);
  let missedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<boolean> | undefined;

  /** Whether the keys are fresh; one fetch at a time, whoever asks. */
  const refresh = (): Promise<boolean> => {
    fetching ??= fetchKeys(what, means, stop.signal).then((newest) => {
      fetching = undefined;
      good = newest ?? good;
      if (newest !== undefined) fetched();
      return newest !== undefined;
    });
    return fetching;
  };
  void keepFresh(refresh, { what, means, signal: stop.signal });
  await Promise.race([fetching, pause(patience, stop.signal)]);
  return {
    keys: () => (good !== undefined && clock.now() - good.at <= LAST_GOOD ? good.keys : []),
    get until() {
      return (good?.at ?? 0) + LAST_GOOD;
    },
    missed() {
      if (stop.signal.aborted || clock.monotonic() - missedAt < REFETCH_INTERVAL) return;
      missedAt = clock.monotonic();
      void refresh();
    },
    close: () => stop.abort(),
  };
}

interface Following {
  readonly what: KeySetAtUrl;
  readonly means: RemoteKeySetMeans;
  readonly signal: AbortSignal;
}

async function keepFresh(refresh: () => Promise<boolean>, { what, means, signal }: Following): Promise<void> {
  const backoff = createBackoff({ base: SHORTEST_REFRESH, max: 300_000, ...means.retry });
  const interval = Math.max(SHORTEST_REFRESH, 1000 * what.source.refreshSeconds);
  while (!signal.aborted) {
    const fresh = await refresh();
    if (fresh) backoff.reset();
    await pause(fresh ? interval : backoff.next(), signal);
  }
}

/** Undefined, and said in the log, when no key set could be had. */
async function fetchKeys(
  what: KeySetAtUrl,
  { cache, clock, log }: RemoteKeySetMeans,
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  const fields = { plugin: what.plugin, keySet: what.name, url: what.source.url };
  try {
    const text = await fetchJwks(what.source.url, signal);
    const fetched = { keys: parseJwks(text), at: clock.now() };
    await cache.writeRecord(recordOf(what), { text, at: fetched.at }).catch((error: unknown) => {
      log("warn", "key set not kept for a restart", { ...fields, reason: messageOf(error) });
    });
    return fetched;
  } catch (error) {
    if (!signal.aborted) log("warn", "key set not refreshed", { ...fields, reason: messageOf(error) });
    return undefined;
  }
}

/** What a fetch before a restart found; a record that cannot be read counts as none. */
async function readStored(what: KeySetAtUrl, { cache, clock }: RemoteKeySetMeans): Promise<Fetched | undefined> {
  const { text, at } = ((await cache.readRecord(recordOf(what))) ?? {}) as { text?: unknown; at?: unknown };
  if (typeof text !== "string" || typeof at !== "number") return undefined;
  try {
    return { keys: parseJwks(text), at: Math.min(at, clock.now()) };
  } catch {
    return undefined;
  }
}

function recordOf({ source }: KeySetAtUrl): string {
  return `keys ${source.url}`;
}
