import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How often a thread looks whether it idles, in milliseconds, and how many times in a row it must. */
const INTERVAL = 1_000;
const QUIET = 2;
/** The share of its time that an idling thread spends on timers. */
const IDLE = 0.05;
/** Bytes that the heap must have grown by to be worth a collection. */
const GROWTH = 8 << 20;
/** Bytes in use beyond which a collection would hold the thread up for too long. */
const LARGEST = 48 << 20;

/**
 * Collects everything in this thread and gives the rest back to the system. A start leaves a young generation of tens of
 * megabytes behind, a burst of requests as well, and in a thread that idles neither would ever shrink. Takes some 30 ms.
 */
export function settleMemory(): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const collect = findCollector();
    if (collect === undefined) continue;
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
    return;
  }
}

const ATTEMPTS = 10;

type Collect = (options: object) => void;

/** Flags are the whole process's: undefined where another thread has taken this one back in between. */
function findCollector(): Collect | undefined {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("globalThis.gc") as Collect | undefined;
  setFlagsFromString("--no-expose-gc");
  return collect;
}

/** Settles this thread's memory each time that it has idled for some seconds after its heap grew. */
export function settleWhenIdle(): void {
  let since = performance.eventLoopUtilization();
  let quiet = 0;
  let settled = 0;
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    quiet = performance.eventLoopUtilization(now, since).utilization < IDLE ? quiet + 1 : 0;
    since = now;
    if (quiet < QUIET) return;
    const { total_heap_size: total, used_heap_size: used } = getHeapStatistics();
    if (total < settled + GROWTH || used > LARGEST) return;
    settleMemory();
    settled = getHeapStatistics().total_heap_size;
    quiet = 0;
  };
  setInterval(look, INTERVAL).unref();
}
