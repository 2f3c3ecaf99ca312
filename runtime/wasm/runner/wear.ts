import type { PluginLimits } from "../limits.ts";
import type { Instance } from "./instance.ts";

const PAGE = 65_536;
/** Of the memory that an instance may have. */
const FULL = 0.8;
/** The memory is looked at after so many hooks: asking for its size costs as much as a small hook. */
const EVERY = 64;

/**
 * Whether an instance has run so many hooks, or grown so large, that another one takes over while it still works. One that
 * had its size from the start on is not too large.
 */
export function isWorn({ guest, context, startSize }: Instance): boolean {
  const { limits } = context.scope;
  if (context.hooks >= limits.hooksPerInstance) return true;
  return context.hooks % EVERY === 0 && isFull(guest.memorySize, startSize, limits);
}

function isFull(size: number, startSize: number, { memoryPages }: PluginLimits): boolean {
  return size > startSize && size >= memoryPages * PAGE * FULL;
}
