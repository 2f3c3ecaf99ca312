import type { Departure, Exchange } from "../http/exchange.ts";
import type { Flag } from "./flags.ts";
import type { Outcome } from "./outcome.ts";
import type { Services } from "./services.ts";

const FLAG_OF: Readonly<Record<Departure, Flag>> = {
  disconnected: "DC",
  malformed: "DPE",
  slow: "SI",
  stalled: "SI",
};

/** The exchange whose client has left, and what is known of how it went. */
interface Left {
  readonly exchange: Exchange;
  readonly outcome: Outcome;
  readonly services: Services;
}

/** The client has left before the exchange was over: for log and metrics, with the status that the transport has answered. */
export function noteDeparture({ exchange, outcome, services }: Left, departure: Departure, detail: string): void {
  outcome.note(FLAG_OF[departure], detail);
  if (departure === "malformed") services.metrics.refused.add(1, detail);
  if (exchange.response.status === 0) {
    exchange.response.status = departure === "malformed" ? 400 : departure === "slow" ? 408 : 0;
  }
}
