import type { Pinned, Pinning } from "../pinned.ts";

/** A server under measurement, or the upstream behind it. */
export interface Server extends Pinned {
  readonly name: string;
  readonly port: number;
}

export interface ProxyOptions {
  /** Loopback port of the server to forward to. */
  readonly upstream: number;
  readonly cpu: Pinning;
}
