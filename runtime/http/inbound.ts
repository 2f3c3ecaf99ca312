import type { Clock } from "../telemetry/clock.ts";
import type { Wheel } from "../telemetry/wheel.ts";
import type { ConnectionInfo, Exchange } from "./exchange.ts";

/** Limits of a listening transport. Times in milliseconds, sizes in bytes; 0 turns a time off. */
export interface InboundLimits {
  readonly headerBytes: number;
  readonly headerCount: number;
  readonly headersTimeout: number;
  /** The longest time that a client may take to send one whole request. */
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly requestsPerConnection: number;
  readonly connections: number;
  /** A client that reads nothing for so long is cut off. */
  readonly stallTimeout: number;
  /** Bytes per second that a request's body must reach on average once it has run for ten seconds; 0 is off. */
  readonly bodyRate: number;
}

export const INBOUND_LIMITS: InboundLimits = {
  headerBytes: 16_384,
  headerCount: 100,
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 60_000,
  requestsPerConnection: 10_000,
  connections: 16_384,
  stallTimeout: 60_000,
  bodyRate: 500,
};

/** A message that never became an exchange: the transport has answered it and closed the connection. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
  readonly connection: ConnectionInfo;
  /** What was understood of the request, for the log. */
  readonly method: string;
  readonly target: string;
}

export interface InboundHandlers {
  exchange(exchange: Exchange): void;
  refused(refusal: Refusal): void;
  /** A fault of ours, thrown by a handler or by what it led to: the client has got 500 or a reset. */
  failed?(error: unknown): void;
}

/** A listening socket that turns bytes into exchanges. */
export interface Inbound {
  readonly address: string;
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
  /** Whether connections speak TLS from the next one on, and with what certificates. */
  secure(tls: TlsTermination | undefined): void;
  /** Serves the connections that were held, and whoever comes from now on. */
  release(): void;
  /** Stops accepting; every response from now on closes its connection. */
  drain(): void;
  /** Closes whatever is still open. */
  close(): Promise<void>;
}

/** A certificate with its key, PEM. */
export interface Certificate {
  /** The leaf first. */
  readonly chain: string;
  readonly key: string;
}

export interface TlsTermination {
  /** The certificate for the name that a client asks for (SNI), in lower case; undefined refuses the handshake. Asked once per connection. */
  certificateFor(serverName: string | undefined): Certificate | undefined;
}

/** Rejects with the error of the operating system (`EADDRINUSE`, `EACCES` ...) when it cannot listen. */
export type Listen = (options: {
  host: string;
  port: number;
  handlers: InboundHandlers;
  /** Terminates TLS on the socket. */
  tls?: TlsTermination | undefined;
  /** Shares the port with other threads that say the same. */
  reusePort?: boolean | undefined;
  /** Connections wait, unread, until `release`. */
  held?: boolean | undefined;
  limits?: Partial<InboundLimits>;
  /** The thread's own unless a test gives one. */
  clock?: Clock;
  wheel?: Wheel;
}) => Promise<Inbound>;
