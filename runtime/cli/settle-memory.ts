import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Gives back what starting took: modules are loaded and compiled through a young generation that grows to tens of
 * megabytes and would never shrink in a thread that idles. Collects everything once; takes some 30 ms of this thread.
 */
export function settleMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: object) => void;
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
