import type { Outbound } from "../../http/outbound.ts";

/** One address of a cluster, with what the balancer and `/clusters` know about it. */
export interface EndpointState {
  /** `address:port`. */
  readonly name: string;
  readonly outbound: Outbound;
  /** Requests that run now. */
  active: number;
  requests: number;
  /** Attempts that ended without a complete response. */
  failures: number;
  connectFailures: number;
  /** Monotonic milliseconds; until then others are preferred. */
  penaltyUntil: number;
}

/** How long an endpoint that could not be reached is passed over while others are there, in milliseconds. */
export const PENALTY = 1_000;
