import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The system's name for the thread that calls; undefined where the system does not tell (Linux does). */
export function currentThread(): string | undefined {
  try {
    return basename(readlinkSync("/proc/thread-self"));
  } catch {
    return undefined;
  }
}

/** Milliseconds that a thread of this process has had a processor; undefined where that is not known. */
export function threadTime(thread: string | undefined): number | undefined {
  if (thread === undefined) return undefined;
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}
