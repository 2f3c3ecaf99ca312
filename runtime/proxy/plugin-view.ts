import type { Snapshot } from "../config/snapshot.ts";

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
  /** It kept threads from coming back, and is not run any more. */
  readonly quarantined: boolean;
  readonly phase: string;
  readonly priority: number;
  readonly mode: string;
  readonly failurePolicy: string;
}

/** What runs under a plugin's name; a slot is such a thing. */
export interface RunningPlugin {
  readonly current:
    | { readonly version: string; readonly digest: string; readonly hooks: Iterable<string>; readonly traps: number }
    | undefined;
  readonly retiring: number;
  /** It kept threads from coming back, and is not run any more. */
  readonly quarantined?: boolean;
}

export function viewPlugins(snapshot: Snapshot, running: (plugin: string) => RunningPlugin | undefined): PluginView[] {
  return [...snapshot.plugins].map(([name, binding]) => {
    const found = running(name);
    const generation = found?.current;
    return {
      name,
      loaded: generation !== undefined,
      required: binding.failurePolicy !== "open" && binding.mode === "enforce",
      version: generation?.version,
      digest: generation?.digest,
      hooks: [...(generation?.hooks ?? [])],
      traps: generation?.traps ?? 0,
      retiring: found?.retiring ?? 0,
      quarantined: found?.quarantined ?? false,
      phase: binding.phase,
      priority: binding.priority,
      mode: binding.mode,
      failurePolicy: binding.failurePolicy,
    };
  });
}
