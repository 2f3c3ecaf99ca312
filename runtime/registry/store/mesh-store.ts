/** What the control plane keeps: every desired state that was accepted, and the last word of each proxy. */

import type { Digest } from "../../artifact/digest.ts";

export interface StoredDesired {
  readonly seq: number;
  readonly digest: Digest;
  /** JSON text of the signed envelope, on one line. */
  readonly envelope: string;
}

/** What a proxy says about itself: it has acknowledged a state when it runs the digests of that `seq`. */
export interface ProxyStatus {
  readonly proxy: string;
  /** The newest desired state that it accepted; 0 before the first. */
  readonly seq: number;
  readonly digest?: string | null;
  readonly agentVersion?: string;
  /** Why it refused a desired state as a whole. */
  readonly error?: ProxyFailure | null;
  readonly plugins: readonly PluginReport[];
}

export interface PluginReport {
  readonly name: string;
  readonly state: "waiting" | "loading" | "running" | "rejected" | "failed";
  /** What serves meanwhile, whatever the state. */
  readonly digest?: string | null;
  readonly version?: string | null;
  readonly wanted?: string | null;
  readonly error?: ProxyFailure | string | null;
  /** Milliseconds since the epoch. */
  readonly since?: number;
}

export interface ProxyFailure {
  readonly code: string;
  readonly detail?: string;
}

export interface MeshStore {
  /** The newest, or the one with this sequence number. */
  desired(mesh: string, seq?: number): StoredDesired | undefined;
  /** Durable when it returns. */
  putDesired(mesh: string, state: StoredDesired, at: number): void;
  putStatus(mesh: string, status: ProxyStatus, at: number): void;
  countProxies(mesh: string): number;
  hasProxy(mesh: string, proxy: string): boolean;
  statuses(mesh: string): (ProxyStatus & { lastSeen: number })[];
}
