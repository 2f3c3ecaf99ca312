import type { ClockCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

export function clockCapability(context: HookContext): ClockCapability {
  return { now: () => context.now, monotonic: () => context.monotonic };
}
