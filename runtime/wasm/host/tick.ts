import type { TickCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

export function tickCapability({ scope }: HookContext): TickCapability {
  return { every: (milliseconds) => scope.ticker.every(milliseconds) };
}
