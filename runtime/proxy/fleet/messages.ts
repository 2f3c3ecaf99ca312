import type { Snapshot } from "../../config/snapshot.ts";
import { type Code, HeddleError, isHeddleError, messageOf } from "../../errors.ts";
import type { MetricNotice } from "../../telemetry/metric-pool.ts";
import type { HealthEvent, Quarantine } from "../../wasm/health/quarantine.ts";
import type { StartablePlugin } from "../../wasm/plugin-host.ts";
import type { KeySetCopy } from "../../wasm/services/key-sets.ts";
import type { ProxyNode } from "../../wasm/services.ts";
import type { ClusterView } from "../cluster-view.ts";
import type { Drained } from "../proxy.ts";
import type { PluginMemory } from "./plugin-memory.ts";
import type { RecordSetup } from "./recording.ts";

/** What a worker is given when it starts. */
export interface WorkerSetup {
  /** Positive, of no other worker before or after. */
  readonly id: number;
  readonly node: ProxyNode | undefined;
  readonly pulse: SharedArrayBuffer;
  /** For the access log. */
  readonly lines: SharedArrayBuffer;
  /** Whether others listen on the same ports. */
  readonly reusePort: boolean;
  /** Undefined while nothing is recorded. */
  readonly record: RecordSetup | undefined;
}

/** What the main thread asks a worker to do, and what the worker answers. A ticket stands for one generation of a plugin. */
export interface Asks {
  /** Starts a generation that does not serve yet, and tells what fuel a start burns. */
  start: { ask: StartAsk; answer: number | undefined };
  commit: { ask: { ticket: number }; answer: unknown };
  discard: { ask: { ticket: number }; answer: unknown };
  retire: { ask: { plugin: string }; answer: unknown };
  /** It was quarantined in another thread. */
  isolate: { ask: { ticket: number; quarantine: Quarantine }; answer: unknown };
  /** Keys were fetched anew. */
  keys: { ask: { ticket: number; keySets: readonly KeySetCopy[] }; answer: unknown };
  /** Makes ready for another configuration: listens on what is new, and does not serve by it yet. */
  prepare: { ask: { snapshot: Snapshot }; answer: unknown };
  /** Serves by what was prepared last. */
  adopt: { ask: object; answer: unknown };
  abandon: { ask: object; answer: unknown };
  view: { ask: object; answer: WorkerView };
  drain: { ask: { deadline: number }; answer: Drained };
  close: { ask: object; answer: unknown };
}

export interface StartAsk {
  readonly ticket: number;
  readonly plugin: StartablePlugin;
  readonly keySets: readonly KeySetCopy[];
  readonly memory: PluginMemory;
}

export interface WorkerView {
  readonly clusters: readonly ClusterView[];
  readonly plugins: readonly PluginCounts[];
}

/** What one thread says about the generation that it runs. */
export interface PluginCounts {
  readonly name: string;
  readonly traps: number;
  readonly retiring: number;
  readonly shed: number;
  readonly fuelUsed: number;
  readonly started: number;
}

export type AskKind = keyof Asks;

export type AskMessage = {
  [Kind in AskKind]: { readonly id: number; readonly kind: Kind } & Asks[Kind]["ask"];
}[AskKind];

/** What a worker says. */
export type Notice =
  /** It takes messages from now on. @param thread of the operating system, where that is known */
  | { readonly kind: "hello"; readonly thread: string | undefined }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: PlainError }
  | { readonly kind: "metric"; readonly notice: MetricNotice }
  | { readonly kind: "events"; readonly events: readonly WorkerEvent[] }
  /** The number by which the pulse names a plugin. */
  | { readonly kind: "mark"; readonly plugin: string; readonly mark: number }
  /** What became of a generation that serves, in this thread. */
  | { readonly kind: "health"; readonly ticket: number; readonly event: HealthEvent }
  /** Exchanges for a replay, as lines of JSON, and how many more there would have been. */
  | { readonly kind: "recorded"; readonly lines: string; readonly lost: number }
  /** A token named a key that a key set lacks. */
  | { readonly kind: "missed"; readonly ticket: number; readonly keySet: string };

export interface WorkerEvent {
  readonly level: "trace" | "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly details: Record<string, unknown>;
}

/** An error as a clone carries it. */
export interface PlainError {
  readonly code: Code;
  readonly message: string;
  readonly where: string | undefined;
  readonly remedy: string | undefined;
}

export function plainError(thrown: unknown): PlainError {
  if (!isHeddleError(thrown)) {
    return { code: "PROXY_START", message: messageOf(thrown), where: undefined, remedy: undefined };
  }
  const { code, message, where, remedy } = thrown;
  return { code, message, where, remedy };
}

export function heddleError({ code, message, where, remedy }: PlainError): HeddleError {
  return new HeddleError(code, message, { ...(where && { where }), ...(remedy && { remedy }) });
}
