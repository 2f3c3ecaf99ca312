import { hash } from "node:crypto";
import { settle } from "./gcra.ts";

export interface QuotaDecision {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
}

export interface QuotaRequest {
  readonly plugin: string;
  readonly bucket: string;
  /** Tokens per period. */
  readonly limit: number;
  readonly periodMs: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
  readonly cost: number;
  /** A reading of the monotonic clock that the caller has taken already. */
  readonly now?: number;
}

/** Token buckets, shared by everything that names the same bucket of the same plugin. */
export interface Quota {
  take(request: QuotaRequest): QuotaDecision;
  /** Buckets of all plugins that are remembered. */
  readonly size: number;
}

export interface QuotaOptions {
  readonly clock: { monotonic(): number };
  /** Per plugin. Beyond this many buckets the one that was used least recently is forgotten, which fills it. */
  readonly maxBuckets?: number;
}

/** Guests choose the names of buckets; of a longer one than this the digest is kept. */
const LONGEST_NAME = 64;

/** Buckets of one thread; `createSharedQuota` has those that several threads share. */
export function createQuota({ clock, maxBuckets = 100_000 }: QuotaOptions): Quota {
  /** By plugin: when each bucket is full, in order of last use; a Map iterates in the order of insertion. */
  const plugins = new Map<string, Map<string, number>>();

  const bucketsOf = (plugin: string): Map<string, number> => {
    const known = plugins.get(plugin) ?? new Map<string, number>();
    plugins.set(plugin, known);
    return known;
  };
  const remember = (full: Map<string, number>, key: string, tat: number): void => {
    full.delete(key);
    full.set(key, tat);
    if (full.size > maxBuckets) full.delete(full.keys().next().value as string);
  };
  return {
    take(request) {
      const full = bucketsOf(request.plugin);
      const key = keyOf(request.bucket);
      const now = request.now ?? clock.monotonic();
      const settled = settle(request, (full.get(key) ?? now) - now);
      if (settled.allowed && request.cost > 0) remember(full, key, now + settled.debt);
      return settled;
    },
    get size() {
      return [...plugins.values()].reduce((sum, { size }) => sum + size, 0);
    },
  };
}

function keyOf(bucket: string): string {
  return bucket.length > LONGEST_NAME ? `#${hash("sha256", bucket, "base64")}` : ` ${bucket}`;
}
