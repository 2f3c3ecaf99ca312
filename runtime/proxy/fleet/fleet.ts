import { availableParallelism } from "node:os";
import type { Rejection } from "../../config/last-good.ts";
import type { Snapshot } from "../../config/snapshot.ts";
import type { LineSink } from "../../telemetry/access-log.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { PluginHost } from "../../wasm/plugin-host.ts";
import type { ProxyNode } from "../../wasm/services.ts";
import type { ClusterView } from "../cluster-view.ts";
import type { Arrivals } from "../plugin-arrival.ts";
import type { PluginView } from "../plugin-view.ts";
import type { Drained } from "../proxy.ts";
import { canSharePorts } from "./ports.ts";
import type { RecordTarget } from "./recording.ts";
import { WorkerFleet } from "./worker-fleet.ts";

export interface FleetOptions {
  /** Threads that serve. @default as many as the machine runs at once */
  readonly workers?: number | undefined;
  /** What the proxy is called. */
  readonly node?: ProxyNode | undefined;
  readonly logger: Logger;
  /** Where lines of the access log go. */
  readonly accessLog: LineSink;
  /** The admin endpoint. Port 0 lets the system choose. */
  readonly admin: { readonly host?: string; readonly port: number };
  /** How plugins have come, or why not, for the admin endpoint. */
  readonly arrivals?: Arrivals | undefined;
  /** Documents that are refused now, for the admin endpoint and the metrics. @default none ever */
  readonly rejected?: (() => readonly Rejection[]) | undefined;
  /** Where exchanges go that are kept for a replay. @default nowhere */
  readonly record?: RecordTarget | undefined;
}

/** A data plane of several threads: each serves on its own; this thread decides what, and looks after them. */
export interface Fleet {
  /** Runs plugins in every thread. */
  readonly host: PluginHost;
  /** Threads that serve. */
  readonly workers: number;
  readonly snapshot: Snapshot;
  readonly adminUrl: string | undefined;
  /** Exchanges that run, as the threads last said. */
  readonly active: number;
  /**
   * Serves by another snapshot: resolves once every thread does. Throws LISTEN_FAILED, and changes nothing in any of them,
   * when a port is taken.
   */
  apply(snapshot: Snapshot): Promise<void>;
  /** Of a listener, by its name. */
  address(listener: string): { address: string; port: number };
  ready(): boolean;
  plugins(): Promise<PluginView[]>;
  clusters(): Promise<ClusterView[]>;
  /** Prometheus' text format, of all threads; none of them is asked. */
  metrics(): string;
  /** Stops accepting and waits for the exchanges that run. @param deadline milliseconds */
  drain(deadline?: number): Promise<Drained>;
  close(): Promise<void>;
}

/** Starts the threads, which serve nothing before the first `apply`. Throws PROXY_START. */
export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const shares = await canSharePorts();
  const wanted = options.workers ?? availableParallelism();
  if (wanted > 1 && !shares) options.logger.log("warn", "threads cannot share ports on this system: one worker serves");
  const fleet = new WorkerFleet(options, shares ? wanted : 1);
  try {
    await fleet.start();
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}
