import type { PluginBinding, Snapshot } from "../config/snapshot.ts";
import type { Quarantine } from "../wasm/health/quarantine.ts";

/** A plugin as `/plugins`, `/ready` and the metrics show it. */
export interface PluginView {
  readonly name: string;
  readonly loaded: boolean;
  /** Whether requests of its routes are refused while it is not loaded. */
  readonly required: boolean;
  readonly version: string | undefined;
  /** Digest of the component that runs. */
  readonly component: string | undefined;
  readonly hooks: readonly string[];
  readonly traps: number;
  /** Old generations that exchanges still hold. */
  readonly retiring: number;
  /** Hooks that were not run because it had used up its share of a thread's time, and fuel that the others burnt. */
  readonly shed: number;
  readonly fuelUsed: number;
  /** Instances that were started, those that gave way to others included. */
  readonly started: number;
  /** Whether the version that should serve is in quarantine, in any thread. */
  readonly quarantined: boolean;
  readonly quarantine: QuarantineView | undefined;
  readonly phase: string;
  readonly priority: number;
  readonly mode: string;
  readonly failurePolicy: string;
}

/** What runs under a plugin's name; a slot is such a thing. */
export interface RunningPlugin {
  readonly current:
    | {
        readonly version: string;
        readonly digest: string;
        readonly hooks: Iterable<string>;
        readonly traps: number;
        readonly shed?: number;
        readonly fuelUsed?: number;
        readonly started?: number;
      }
    | undefined;
  readonly retiring: number;
  readonly quarantine: Quarantine | undefined;
}

/** A quarantine as people read it. */
export interface QuarantineView {
  readonly version: string;
  readonly code: string;
  readonly detail: string;
  /** ISO 8601. `until`: when it is tried again; undefined when only another version or configuration is. */
  readonly since: string;
  readonly until: string | undefined;
  /** What this means for requests. */
  readonly consequence: string;
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
      component: generation?.digest,
      hooks: [...(generation?.hooks ?? [])],
      traps: generation?.traps ?? 0,
      retiring: found?.retiring ?? 0,
      shed: generation?.shed ?? 0,
      fuelUsed: generation?.fuelUsed ?? 0,
      started: generation?.started ?? 0,
      quarantined: found?.quarantine !== undefined,
      quarantine: found?.quarantine && viewQuarantine(found.quarantine, generation?.version, binding),
      phase: binding.phase,
      priority: binding.priority,
      mode: binding.mode,
      failurePolicy: binding.failurePolicy,
    };
  });
}

function viewQuarantine(quarantine: Quarantine, serving: string | undefined, binding: PluginBinding): QuarantineView {
  const { version, code, detail, since, wait } = quarantine;
  const reverted = serving !== undefined && serving !== version;
  return {
    ...{ version, code, detail },
    since: new Date(since).toISOString(),
    until: reverted ? undefined : new Date(since + wait).toISOString(),
    consequence: reverted ? `version ${serving} serves in its place` : consequenceOf(binding),
  };
}

function consequenceOf({ failurePolicy, mode }: PluginBinding): string {
  return failurePolicy === "open" || mode === "shadow"
    ? "requests go on without it"
    : "requests of its routes are answered 503";
}
