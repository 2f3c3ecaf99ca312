import { readFileSync } from "node:fs";

/**
 * Milliseconds of a clock that stands still while this thread waits for a processor: what a test says about how long things
 * take is then about the code, not about what else the machine does. Differences mean something; where the system does not
 * tell (Linux does: proc_pid_schedstat(5)), it is real time.
 */
export function ownTime(): number {
  return performance.now() - waited();
}

function waited(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** Own milliseconds that something took. */
export async function ownTimeOf(run: () => unknown): Promise<number> {
  const began = ownTime();
  await run();
  return ownTime() - began;
}
