import { hash } from "node:crypto";

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
const MAX_U32 = 0xffff_ffff;

/**
 * The generic cell rate algorithm (ITU-T I.371): a bucket is one number, the theoretical arrival time (TAT) at which it
 * is full again. `TAT - now` is the debt; a call is allowed when debt plus its own cost stays within the burst.
 */
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
    take({ plugin, bucket, limit, periodMs, burst, cost }) {
      if (limit === 0 || periodMs === 0 || burst === 0) {
        return { allowed: false, remaining: 0, retryAfterMs: MAX_U32, resetAfterMs: 0 };
      }
      const full = bucketsOf(plugin);
      const key = keyOf(bucket);
      const now = clock.monotonic();
      const interval = periodMs / limit;
      const capacity = interval * burst;
      const debt = Math.min(capacity, Math.max(0, (full.get(key) ?? now) - now));
      const next = debt + interval * cost;
      const allowed = next <= capacity + TOLERANCE;
      if (allowed && cost > 0) remember(full, key, now + next);
      return decision(allowed, { debt: allowed ? next : debt, next, capacity, interval, possible: cost <= burst });
    },
    get size() {
      return [...plugins.values()].reduce((sum, { size }) => sum + size, 0);
    },
  };
}

function keyOf(bucket: string): string {
  return bucket.length > LONGEST_NAME ? `#${hash("sha256", bucket, "base64")}` : ` ${bucket}`;
}

/** Milliseconds; sums of a fraction such as 1000/3 must not lose the last token of a burst. */
const TOLERANCE = 1e-6;

interface Level {
  readonly debt: number;
  readonly next: number;
  readonly capacity: number;
  readonly interval: number;
  readonly possible: boolean;
}

function decision(allowed: boolean, { debt, next, capacity, interval, possible }: Level): QuotaDecision {
  return {
    allowed,
    remaining: Math.max(0, Math.floor((capacity - debt) / interval + TOLERANCE)),
    retryAfterMs: allowed ? 0 : possible ? bounded(next - capacity) : MAX_U32,
    resetAfterMs: bounded(debt),
  };
}

function bounded(milliseconds: number): number {
  return Math.min(MAX_U32, Math.max(0, Math.ceil(milliseconds - TOLERANCE)));
}
