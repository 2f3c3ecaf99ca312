import type { GuestInstance } from "./abi/guest-instance.ts";
import type { GuestCalls } from "./guest-calls.ts";
import type { KeySets } from "./services/key-sets.ts";
import type { MetricSink } from "./services/metric-sink.ts";
import type { Queues } from "./services/queues.ts";
import type { Quota } from "./services/quota.ts";
import type { Store } from "./services/store.ts";
import type { TargetReader } from "./target-reader.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

export interface PluginLogEntry {
  readonly plugin: string;
  readonly level: LogLevel;
  readonly message: string;
}

/** Hears which plugin's code this thread runs, so that one that never comes back can be named from outside. */
export interface HookMarker {
  /** The number that stands for a plugin. */
  handle(plugin: string): number;
  /** @param starting its code is being started or configured, which may take longer than a hook */
  enter(handle: number, starting?: boolean): void;
  leave(): void;
}

/** The proxy as its control plane knows it. */
export interface ProxyNode {
  readonly id: string;
  /** The name of the mesh; empty without one. */
  readonly cluster: string;
}

/** How busy this thread is; looked at only for a plugin beyond its share. */
export interface ThreadLoad {
  /** Exchanges that have ended on it, ever. */
  exchanges(): number;
  /** Milliseconds for which it has had nothing to do, ever. */
  idle(): number;
}

/** What the host gives guests; all of it injected. Nothing here may throw. */
export interface HostServices {
  readonly clock: { now(): number; monotonic(): number };
  log(entry: PluginLogEntry): void;
  /** Lines below it are not written anywhere. @default info */
  readonly logLevel?: LogLevel | undefined;
  /** Undefined where the proxy has no name. */
  readonly node?: ProxyNode | undefined;
  readonly metrics: MetricSink;
  readonly keySets: KeySets;
  readonly quota: Quota;
  readonly store: Store;
  /** @default those of this thread alone, for all that have this store */
  readonly queues?: Queues | undefined;
  /** Cryptographically strong random bytes. */
  random(bytes: number): Uint8Array;
  readonly marker?: HookMarker | undefined;
  /** Undefined where it is not known: a plugin beyond its share is shed then, whoever needs the time. */
  readonly load?: ThreadLoad | undefined;
  /** Undefined where guests cannot change what a request asks for. */
  readonly targets?: TargetReader | undefined;
  /** Is shown every instance before it is configured: for what a filter's author wants to know of its memory. */
  readonly observe?: ((instance: Pick<GuestInstance, "memory">) => void) | undefined;
  /** Undefined where guests cannot call anybody. */
  readonly calls?: GuestCalls | undefined;
  /** Runs a function again and again, in milliseconds, until what it returns is called. Undefined where time stands still. */
  readonly every?: ((milliseconds: number, run: () => void) => () => void) | undefined;
}
