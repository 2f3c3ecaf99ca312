import type { Snapshot } from "../config/snapshot.ts";
import type { Slot } from "../wasm/slot.ts";

/** A plugin as `/plugins`, `/ready` and the metrics show it. */
export interface PluginView {
  readonly name: string;
  readonly loaded: boolean;
  /** Whether requests of its routes are refused while it is not loaded. */
  readonly required: boolean;
  readonly version: string | undefined;
  readonly digest: string | undefined;
  readonly hooks: readonly string[];
  readonly traps: number;
  /** Old generations that exchanges still hold. */
  readonly retiring: number;
  readonly phase: string;
  readonly priority: number;
  readonly mode: string;
  readonly failurePolicy: string;
}

export function viewPlugins(snapshot: Snapshot, slots: (plugin: string) => Slot | undefined): PluginView[] {
  return [...snapshot.plugins].map(([name, binding]) => {
    const slot = slots(name);
    const generation = slot?.current;
    return {
      name,
      loaded: generation !== undefined,
      required: binding.failurePolicy === "closed" && binding.mode === "enforce",
      version: generation?.version,
      digest: generation?.digest,
      hooks: [...(generation?.hooks ?? [])],
      traps: generation?.traps ?? 0,
      retiring: slot?.retiring ?? 0,
      phase: binding.phase,
      priority: binding.priority,
      mode: binding.mode,
      failurePolicy: binding.failurePolicy,
    };
  });
}
