import { readFileSync, writeFileSync } from "node:fs";
import { processTree } from "./cpu.ts";

/** Bytes of memory that a process and its descendants hold (VmRSS of proc(5), summed). */
export function residentBytes(root: number): number {
  return sumOf(root, "VmRSS");
}

/** The most that they held since `forgetPeak`, each by itself. */
export function peakBytes(root: number): number {
  return sumOf(root, "VmHWM");
}

/** Starts counting the peak anew. */
export function forgetPeak(root: number): void {
  for (const pid of processTree(root)) writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function sumOf(root: number, field: string): number {
  return processTree(root).reduce(
    (sum, pid) => sum + parseStatus(readFileSync(`/proc/${pid}/status`, "utf8"), field),
    0,
  );
}

/** A field of /proc/PID/status in bytes; 0 where it is missing. */
export function parseStatus(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
}
