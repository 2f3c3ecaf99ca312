import { INBOUND_LIMITS, type InboundLimits } from "../inbound.ts";

/** Limits of HTTP/2 sessions beyond those of every listener. Times in milliseconds, sizes in bytes. */
export interface H2Limits extends InboundLimits {
  /** Requests that one session may have running, also those whose stream is gone already. */
  readonly streams: number;
  readonly headerListBytes: number;
  /** A session without a request for so long is closed. */
  readonly idleTimeout: number;
  /** How much may wait for one client to read it, in MB. */
  readonly sessionMemory: number;
}

export function h2Limits(overrides: Partial<H2Limits> = {}): H2Limits {
  return {
    ...INBOUND_LIMITS,
    streams: 100,
    headerListBytes: 65_536,
    idleTimeout: 60_000,
    sessionMemory: 10,
    ...overrides,
  };
}
