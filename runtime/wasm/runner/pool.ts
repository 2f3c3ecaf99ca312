import type { Instance } from "./instance.ts";
import { isWorn } from "./wear.ts";

/** Instances that are started when they are needed, up to a number, and kept. */
export interface Pool {
  /** Undefined when all are in use. @throws what `start` throws, or threw between two requests */
  take(): Instance | undefined;
  giveBack(instance: Instance): void;
  /** Of an instance that failed: another one is started in its place, between two requests. */
  discard(instance: Instance): void;
  /** Lets go of those that nobody has needed since the last time, but for the warm ones. */
  shrink(): void;
  close(): void;
  /** Instances, idle or not. */
  readonly size: number;
  /** Bytes of linear memory of all of them. */
  readonly memorySize: number;
}

/** Kept ready, so that one that fails costs no request the time of a start. */
export const WARM = 2;

/** Starts the first instances. @throws what `start` throws */
export function createPool(start: () => Instance, most: number): Pool {
  const all = new Set<Instance>();
  let idle: Instance[] = [];
  let closed = false;
  /** The fewest that were idle at one time since `shrink`: so many were too many. */
  let spare = 0;
  /** Why there are fewer than should be warm, until an exchange that needed one has been told. */
  let missing: { readonly thrown: unknown } | undefined;
  const grow = (): Instance => {
    const instance = start();
    all.add(instance);
    return instance;
  };
  const refill = (): void => {
    if (closed || all.size >= Math.min(WARM, most)) return;
    try {
      idle.unshift(grow());
      missing = undefined;
    } catch (thrown) {
      missing = { thrown };
      return;
    }
    refill();
  };
  /** What has failed between two requests is not tried again by the next one. */
  const fresh = (): Instance => {
    const told = missing;
    missing = undefined;
    if (told !== undefined) throw told.thrown;
    return grow();
  };
  const discard = (instance: Instance): void => {
    all.delete(instance);
    setImmediate(refill);
  };
  while (all.size < Math.min(WARM, most)) idle.push(grow());
  return {
    take() {
      const instance = idle.pop();
      spare = Math.min(spare, idle.length);
      return instance ?? (all.size < most && !closed ? fresh() : undefined);
    },
    giveBack(instance) {
      if (!all.has(instance)) return;
      // There is another one: nobody has to wait for its successor.
      if (idle.length > 0 && isWorn(instance)) discard(instance);
      else idle.push(instance);
    },
    discard,
    shrink() {
      const many = Math.max(0, Math.min(spare, all.size - WARM));
      // The last one used is at the end.
      for (const instance of idle.splice(0, many)) all.delete(instance);
      spare = idle.length;
    },
    get size() {
      return all.size;
    },
    close() {
      closed = true;
      all.clear();
      idle = [];
    },
    get memorySize() {
      let sum = 0;
      for (const { guest } of all) sum += guest.memorySize;
      return sum;
    },
  };
}
