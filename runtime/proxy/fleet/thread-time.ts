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

/** Milliseconds of a thread so far. */
export interface ThreadTime {
  /** With a processor. */
  readonly ran: number;
  /** Ready to run, while the processors did something else. */
  readonly waited: number;
}

/** Of a thread of this process; undefined where that is not known. */
export function threadTime(thread: string | undefined): ThreadTime | undefined {
  if (thread === undefined) return undefined;
  try {
    const [ran, waited] = readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1").split(" ");
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return undefined;
  }
}
