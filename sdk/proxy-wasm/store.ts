import { StoreEntry, StoreWritten } from "../contract";
import { hookTime } from "./hook-time";
import { SharedData } from "./shared-data";

// An entry: when it expires, in milliseconds since the Unix epoch (0: never, -1: it is deleted), how many bytes its key has
// ever been counted with, the bytes. The host keeps keys for ever, so that their number and bytes are counted and bounded.

const HEAD: usize = 12;
const DELETED: f64 = -1;
const MAX_ENTRIES: u32 = 10_000;
const MAX_BYTES: u32 = 1024 * 1024;
/** Times that somebody else may be faster. */
const ATTEMPTS: i32 = 64;

export function storeGet(key: string): StoreEntry | null {
  const entry = new SharedData("store", key);
  entry.read();
  return isLive(entry) ? new StoreEntry(valueOf(entry), entry.version) : null;
}

export function storeSet(key: string, value: Uint8Array, ttlMs: u32): StoreWritten {
  if (sizeOf(key, value) > MAX_BYTES) return StoreWritten.TooLarge;
  const entry = new SharedData("store", key);
  for (let i = 0; i < ATTEMPTS; i++) {
    entry.read();
    const counted = count(entry, sizeOf(key, value));
    if (counted === 0) return StoreWritten.Full;
    if (entry.write(pack(value, expiry(ttlMs), counted))) return StoreWritten.Done;
  }
  return StoreWritten.Conflict;
}

export function storeCompareAndSet(key: string, expected: u32, value: Uint8Array, ttlMs: u32): StoreWritten {
  if (sizeOf(key, value) > MAX_BYTES) return StoreWritten.TooLarge;
  const entry = new SharedData("store", key);
  entry.read();
  if ((isLive(entry) ? entry.version : 0) !== expected) return StoreWritten.Conflict;
  const counted = count(entry, sizeOf(key, value));
  if (counted === 0) return StoreWritten.Full;
  return entry.write(pack(value, expiry(ttlMs), counted)) ? StoreWritten.Done : StoreWritten.Conflict;
}

export function storeDelete(key: string): bool {
  const entry = new SharedData("store", key);
  for (let i = 0; i < ATTEMPTS; i++) {
    entry.read();
    if (!isLive(entry)) return false;
    if (entry.write(pack(new Uint8Array(0), DELETED, load<u32>(entry.address, 8)))) return true;
  }
  return false;
}

/** Whether there is an entry, by what was just read. */
function isLive(entry: SharedData): bool {
  if (entry.size < HEAD) return false;
  const expires = load<f64>(entry.address);
  return expires === 0 || expires > hookTime();
}

function valueOf(entry: SharedData): Uint8Array {
  const size = entry.size - HEAD;
  const value = new Uint8Array(<i32>size);
  memory.copy(value.dataStart, entry.address + HEAD, size);
  return value;
}

function pack(value: Uint8Array, expires: f64, counted: u32): ArrayBuffer {
  const bytes = new ArrayBuffer(<i32>HEAD + value.length);
  store<f64>(changetype<usize>(bytes), expires);
  store<u32>(changetype<usize>(bytes), counted, 8);
  memory.copy(changetype<usize>(bytes) + HEAD, value.dataStart, value.length);
  return bytes;
}

function expiry(ttlMs: u32): f64 {
  return ttlMs === 0 ? 0 : hookTime() + <f64>ttlMs;
}

function sizeOf(key: string, value: Uint8Array): u32 {
  return (key.length << 1) + value.length;
}

/**
 * Counts what an entry that was just read needs beyond what its key was counted with before; what it is counted with now,
 * or 0 when the plugin's share is used up.
 */
function count(entry: SharedData, size: u32): u32 {
  const had: u32 = entry.size >= HEAD ? load<u32>(entry.address, 8) : 0;
  if (had >= size) return had;
  const total = new SharedData("store-total", "");
  for (let i = 0; i < ATTEMPTS; i++) {
    total.read();
    const known = total.size >= 8;
    const entries = (known ? load<u32>(total.address) : 0) + u32(had === 0);
    const bytes = (known ? load<u32>(total.address, 4) : 0) + (size - had);
    if (entries > MAX_ENTRIES || bytes > MAX_BYTES) return 0;
    const next = new ArrayBuffer(8);
    store<u32>(changetype<usize>(next), entries);
    store<u32>(changetype<usize>(next), bytes, 4);
    if (total.write(next)) return size;
  }
  return 0;
}
