import { QuotaDecision } from "../contract";
import { sha256 } from "../sha256";
import { hookTime } from "./hook-time";
import { SharedData } from "./shared-data";

// The generic cell rate algorithm (ITU-T I.371), as the proxy has it: a bucket is one number, the time at which it is full
// again. The host keeps shared data for ever, so that buckets lie in a bounded number of slots, by the digest of their name:
// a slot is a list of 8 bytes of digest and 8 of time. The bucket that is full first makes room for a new one. Times are kept in
// parts of a millisecond: a double that counts from 1970 has too few digits for the sum of many small intervals.

const SLOTS: u32 = 1024;
const BUCKETS: i32 = 16;
const BUCKET_BYTES: usize = 16;
/** Times that somebody else may be faster. */
const ATTEMPTS: i32 = 64;
/** Of a millisecond, in the times that are kept. */
const PARTS: f64 = 4194304;
/** Milliseconds that a bucket is remembered. */
const LONGEST: f64 = 1e11;
/** Milliseconds; sums of a fraction such as 1000/3 must not lose the last token of a burst. */
const TOLERANCE: f64 = 1e-4;
const MAX_U32: f64 = 4294967295;

export function quotaTake(bucket: string, limit: u32, periodMs: u32, burst: u32, cost: u32): QuotaDecision {
  if (limit === 0 || periodMs === 0 || burst === 0) return new QuotaDecision(false, 0, u32.MAX_VALUE, 0);
  const digest = load<u64>(sha256(Uint8Array.wrap(String.UTF8.encode(bucket))).dataStart);
  const slot = new SharedData("quota", (<u32>digest & (SLOTS - 1)).toString());
  const interval = <f64>periodMs / <f64>limit;
  const capacity = interval * <f64>burst;
  for (let i = 0; i < ATTEMPTS; i++) {
    slot.read();
    const before = min<f64>(capacity, max<f64>(0, owed(slot, digest)));
    const next = before + interval * <f64>cost;
    const allowed = next <= capacity + TOLERANCE;
    const debt = allowed ? next : before;
    if (!allowed || slot.write(withBucket(slot, digest, now() + <i64>(min<f64>(debt, LONGEST) * PARTS)))) {
      const left = max<f64>(0, Math.floor((capacity - debt) / interval + TOLERANCE));
      const wait = allowed ? 0 : cost <= burst ? bounded(next - capacity) : u32.MAX_VALUE;
      return new QuotaDecision(allowed, <u32>left, wait, bounded(debt));
    }
  }
  return new QuotaDecision(false, 0, 1, bounded(capacity));
}

/** Parts of a millisecond since the Unix epoch. */
function now(): i64 {
  return <i64>(hookTime() * PARTS);
}

/** Milliseconds until a bucket is full again; 0 or less where it is, and for one that is not in the slot. */
function owed(slot: SharedData, digest: u64): f64 {
  const end = slot.address + slot.size;
  for (let at = slot.address; at + BUCKET_BYTES <= end; at += BUCKET_BYTES) {
    if (load<u64>(at) === digest) return <f64>(load<i64>(at, 8) - now()) / PARTS;
  }
  return 0;
}

/** What was read of a slot, with a bucket in it. */
function withBucket(slot: SharedData, digest: u64, full: i64): ArrayBuffer {
  const from = slot.address;
  const count = <i32>(slot.size / BUCKET_BYTES);
  let place = count;
  for (let i = 0; i < count; i++) {
    if (load<u64>(from + <usize>i * BUCKET_BYTES) === digest) place = i;
  }
  if (place === BUCKETS) place = firstFull(from, count);
  const value = new ArrayBuffer(max(count, place + 1) * <i32>BUCKET_BYTES);
  memory.copy(changetype<usize>(value), from, <usize>count * BUCKET_BYTES);
  const at = changetype<usize>(value) + <usize>place * BUCKET_BYTES;
  store<u64>(at, digest);
  store<i64>(at, full, 8);
  return value;
}

function firstFull(from: usize, count: i32): i32 {
  let first = 0;
  for (let i = 1; i < count; i++) {
    const at = from + <usize>i * BUCKET_BYTES;
    if (load<i64>(at, 8) < load<i64>(from + <usize>first * BUCKET_BYTES, 8)) first = i;
  }
  return first;
}

function bounded(milliseconds: f64): u32 {
  return <u32>min<f64>(MAX_U32, max<f64>(0, Math.ceil(milliseconds - TOLERANCE)));
}
