import type { HealthEvent, Quarantine } from "../../wasm/health/quarantine.ts";
import type { StartablePlugin } from "../../wasm/plugin-host.ts";
import type { KeySetSource } from "../../wasm/services/key-sets.ts";
import type { Member } from "./member.ts";
import type { PluginMemory } from "./plugin-memory.ts";

/** One generation, in every thread. */
export interface Served {
  readonly ticket: number;
  readonly plugin: StartablePlugin;
  readonly keySets: KeySetSource;
  readonly memory: PluginMemory;
  readonly observe: (event: HealthEvent) => void;
  /** Units of fuel that a start has burnt where it was tried first. */
  startFuel: number | undefined;
  /** Kept warm beside it. */
  previous: Served | undefined;
  isolation: Isolation | undefined;
  /** Why the generation that it stands in for does not serve. */
  reverted: Quarantine | undefined;
  /** When it kept a thread from coming back, in monotonic milliseconds. */
  blames: number[];
}

/** A quarantine that holds in threads. */
export interface Isolation {
  readonly quarantine: Quarantine;
  /** Monotonic milliseconds; threads that come earlier are told as well. */
  readonly until: number;
  /** Those that do not run it. */
  readonly members: Set<Member>;
}

/** Every generation of a name that threads hold. */
export function ticketsOf(served: Served | undefined): number[] {
  return served === undefined ? [] : [served.ticket, ...ticketsOf(served.previous)];
}
