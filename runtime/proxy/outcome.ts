import type { Flag } from "./flags.ts";
import type { Identity } from "./forwarding.ts";
import type { Services } from "./services.ts";

/** How an exchange goes, gathered while it runs: for the access log and the metrics. */
export class Outcome implements Identity {
  /** When the request's head had arrived: milliseconds since the epoch, and of the monotonic clock. */
  readonly began: number;
  readonly start: number;
  /** Joined by commas. */
  flags = "";
  detail = "";
  /** Path and query as they came, where a line of the log may hold them as they are. */
  plainPath = "";
  plainQuery: string | undefined = undefined;
  requestId = "";
  traceId = "";
  spanId = "";
  traceparent = "";
  continued = false;
  /** Milliseconds that filters made the exchange wait, and the most of a body that one of them kept, in bytes. */
  waited = 0;
  kept = 0;
  /** Milliseconds of the monotonic clock; 0 until the exchange has ended. */
  end = 0;

  constructor({ turn }: Services) {
    this.began = turn.now;
    this.start = turn.monotonic;
  }

  note(flag: Flag, detail: string): void {
    if (this.flags === "") this.flags = flag;
    else if (!this.flags.split(",").includes(flag)) this.flags = `${this.flags},${flag}`;
    this.detail = this.detail === "" ? detail : `${this.detail}; ${detail}`;
  }
}
