import type { Pinned, Pinning } from "../pinned.ts";

/** A server under measurement, or the upstream behind it. */
export interface Server extends Pinned {
  readonly name: string;
  readonly port: number;
  /** Lines of the access log that were given up so far: a proxy that does not write them has less to do. */
  lostLines?(): Promise<number>;
}

export interface ProxyOptions {
  /** By which tables and ratios call it. */
  readonly name: string;
  /** Loopback port of the server to forward to. */
  readonly upstream: number;
  readonly cpu: Pinning;
  /** The client side speaks TLS with this certificate. */
  readonly certificate?: Certificate | undefined;
  /** The server to forward to speaks TLS with this certificate, which signs itself: verified, keep-alive, sessions resumed. */
  readonly upstreamCertificate?: Certificate | undefined;
  /** Data threads, where a proxy has a choice. */
  readonly workers?: number | undefined;
  /** Another checkout of this repository whose proxy runs instead of ours, for proxies of ours. */
  readonly tree?: string | undefined;
}

/** Paths of PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}
