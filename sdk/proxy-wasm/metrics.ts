import { proxy_define_metric, proxy_increment_metric, proxy_record_metric } from "./hostcalls";
import { narrow } from "./latin1";
import { logWrite } from "./log";
import { pluginName } from "./plugin-name";
import { outNumber } from "./received";
import { LogLevel, MetricType, Status } from "./wire";

/** A power of two. */
const PLACES: u32 = 256;
const MAX_NAME: i32 = 64;
/** The host counts in whole numbers. */
const MAX_VALUE: f64 = 9007199254740991;
const PRIME: u64 = 0x100000001b3;
const BASIS: u64 = 0xcbf29ce484222325;

/**
 * Metrics that have been defined: 8 bytes of hash (FNV-1a, 0 for an empty place), then 4 of the host's number. Static, so
 * that it outlives what an arena throws away.
 */
const table: usize = memory.data(4096, 8);
let told: bool = false;

export function metricsCount(name: string, by: f64): void {
  const whole = Math.round(by);
  const id = metricOf(MetricType.Counter, name, whole);
  if (id >= 0 && whole > 0) proxy_increment_metric(<u32>id, <i64>whole);
}

export function metricsGauge(name: string, value: f64): void {
  record(MetricType.Gauge, name, value);
}

export function metricsObserve(name: string, value: f64): void {
  record(MetricType.Histogram, name, value);
}

function record(type: MetricType, name: string, value: f64): void {
  const whole = Math.round(value);
  const id = metricOf(type, name, whole);
  if (id >= 0) proxy_record_metric(<u32>id, <u64>whole);
}

/** The host's number of a metric, which it is asked for once; -1 for one that cannot be, or cannot take this value. */
function metricOf(type: MetricType, name: string, value: f64): i64 {
  if (!(value >= 0 && value <= MAX_VALUE)) return dropped();
  const hash = hashOf(type, name);
  for (let i: u32 = 0; i < PLACES; i++) {
    const at = table + ((<usize>((<u32>hash + i) & (PLACES - 1))) << 4);
    const found = load<u64>(at);
    if (found === hash) return load<u32>(at, 8);
    if (found === 0) return define(at, hash, type, name);
  }
  return dropped();
}

function define(at: usize, hash: u64, type: MetricType, name: string): i64 {
  if (!isName(name)) return dropped();
  const full = narrow("heddle." + pluginName() + "." + name);
  if (proxy_define_metric(type, changetype<usize>(full), full.byteLength, outNumber) !== Status.Ok) return dropped();
  store<u64>(at, hash);
  store<u32>(at, load<u32>(outNumber), 8);
  return load<u32>(outNumber);
}

function hashOf(type: MetricType, name: string): u64 {
  let hash = (BASIS ^ <u64>type) * PRIME;
  for (let i = 0; i < name.length; i++) hash = (hash ^ <u64>name.charCodeAt(i)) * PRIME;
  return hash === 0 ? 1 : hash;
}

/** `[a-zA-Z_][a-zA-Z0-9_]*`, at most 64 characters. */
function isName(name: string): bool {
  if (name.length === 0 || name.length > MAX_NAME) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const letter = code | 0x20;
    const digit = code >= 0x30 && code <= 0x39 && i > 0;
    if (code !== 0x5f && !digit && (letter < 0x61 || letter > 0x7a)) return false;
  }
  return true;
}

/** Said once per instance. */
function dropped(): i64 {
  if (!told) logWrite(LogLevel.Warn, "a metric was dropped: bad name, bad value or too many names");
  told = true;
  return -1;
}
