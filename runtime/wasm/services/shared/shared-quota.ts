import { type Settled, settle } from "../gcra.ts";
import type { Quota, QuotaRequest } from "../quota.ts";
import { type BucketTable, hashesOf, lockOf, openBuckets, PLACES } from "./bucket-table.ts";
import { hashKey, type KeyHash } from "./key-hash.ts";
import { acquire, release, takeBack } from "./lock.ts";

export interface SharedQuotaOptions {
  /** The same in every thread: not `performance.now`, which counts from the start of its thread. */
  readonly clock: { monotonic(): number };
  /** Positive, this thread's own. */
  readonly owner: number;
  /** What `allocateBuckets` made for a plugin; the same memory in every thread. */
  readonly memoryOf: (plugin: string) => SharedArrayBuffer;
}

/**
 * Buckets in shared memory: a limit holds exactly, whatever number of threads take from it. In a full set the bucket that
 * owes least is forgotten, which fills it.
 */
export function createSharedQuota(options: SharedQuotaOptions): Quota {
  return new SharedQuota(options);
}

/** Frees the buckets that a thread was working on when it was ended; a bucket is right after every single store. */
export function recoverBuckets(memory: SharedArrayBuffer, owner: number): void {
  const { words, sets } = openBuckets(memory);
  for (let set = 0; set < sets; set++) takeBack(words, lockOf(set), owner);
}

/** Hashes of this many names are remembered per plugin. */
const NAMES = 4_096;
const LONGEST_NAME = 64;

interface Opened {
  readonly table: BucketTable;
  readonly names: Map<string, KeyHash>;
}

class SharedQuota implements Quota {
  readonly #options: SharedQuotaOptions;
  readonly #plugins = new Map<string, Opened>();

  constructor(options: SharedQuotaOptions) {
    this.#options = options;
  }

  take(request: QuotaRequest): Settled {
    const opened = this.#plugins.get(request.plugin) ?? this.#open(request.plugin);
    const name = opened.names.get(request.bucket) ?? hashed(opened, request.bucket);
    const { table } = opened;
    const set = name.low & (table.sets - 1);
    const now = request.now ?? this.#options.clock.monotonic();
    acquire(table.words, lockOf(set), this.#options.owner);
    try {
      return takeLocked(table, set, name, request, now);
    } finally {
      release(table.words, lockOf(set));
    }
  }

  get size(): number {
    return [...this.#plugins.values()].reduce((sum, { table }) => sum + count(table), 0);
  }

  #open(plugin: string): Opened {
    const opened = { table: openBuckets(this.#options.memoryOf(plugin)), names: new Map<string, KeyHash>() };
    this.#plugins.set(plugin, opened);
    return opened;
  }
}

function hashed({ table, names }: Opened, bucket: string): KeyHash {
  const hash = { low: 0, high: 0 };
  hashKey(bucket, table.secret, hash);
  if (bucket.length > LONGEST_NAME) return hash;
  if (names.size >= NAMES) names.clear();
  names.set(bucket, hash);
  return hash;
}

function takeLocked(table: BucketTable, set: number, name: KeyHash, request: QuotaRequest, now: number): Settled {
  const place = find(table, set, name);
  const at = set * PLACES + place;
  const settled = settle(request, place < 0 ? 0 : (table.times[at] as number) - now);
  if (settled.allowed && request.cost > 0) {
    if (place < 0) claim(table, set, name, now + settled.debt);
    else table.times[at] = now + settled.debt;
  }
  return settled;
}

function find(table: BucketTable, set: number, { low, high }: KeyHash): number {
  const { words } = table;
  const first = hashesOf(table, set);
  for (let place = 0; place < PLACES; place++) {
    if (words[first + 2 * place] === low && words[first + 2 * place + 1] === high) return place;
  }
  return -1;
}

/** In this order a thread may end after any of the stores: a place without a name is free. */
function claim(table: BucketTable, set: number, { low, high }: KeyHash, tat: number): void {
  const { words, times } = table;
  const place = leastIndebted(table, set);
  const first = hashesOf(table, set) + 2 * place;
  words[first + 1] = 0;
  times[set * PLACES + place] = tat;
  words[first] = low;
  words[first + 1] = high;
}

/** `high` is 0 in places that were never used, and so is their time. */
function leastIndebted({ times }: BucketTable, set: number): number {
  let least = 0;
  for (let place = 1; place < PLACES; place++) {
    if ((times[set * PLACES + place] as number) < (times[set * PLACES + least] as number)) least = place;
  }
  return least;
}

function count(table: BucketTable): number {
  let used = 0;
  const first = hashesOf(table, 0);
  for (let place = 0; place < table.sets * PLACES; place++) if (table.words[first + 2 * place + 1] !== 0) used += 1;
  return used;
}
