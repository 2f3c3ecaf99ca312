import type { Outbound } from "../../http/outbound.ts";

/** One address of a cluster, with what the balancer and `/clusters` know about it. */
export class EndpointState {
  readonly address: string;
  readonly port: number;
  /** `address:port`. */
  readonly name: string;
  readonly outbound: Outbound;
  /** Requests that run now. */
  active = 0;
  requests = 0;
  /** Attempts that ended without a complete response. */
  failures = 0;
  connectFailures = 0;
  /** Monotonic milliseconds; until then others are preferred. */
  penaltyUntil = 0;

  constructor(address: string, port: number, outbound: Outbound) {
    this.address = address;
    this.port = port;
    this.name = `${address}:${port}`;
    this.outbound = outbound;
  }
}

/** How long an endpoint that could not be reached is passed over while others are there, in milliseconds. */
export const PENALTY = 1_000;
