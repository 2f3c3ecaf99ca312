import type { BodySource } from "../../exchange.ts";
import type { OutboundCall, OutboundFault, OutboundListener, OutboundRequest } from "../../outbound.ts";

/** What a call is on. */
interface Carrier {
  resume(): void;
  giveUp(): void;
}

/** One request: in the queue of a pool, on a connection, or over. */
export class H1Call implements OutboundCall {
  readonly request: OutboundRequest;
  readonly body: (() => BodySource) | undefined;
  readonly listener: OutboundListener;
  /** The head as it goes out. */
  readonly text: string;
  carrier: Carrier | undefined = undefined;
  over = false;

  constructor(
    request: OutboundRequest,
    body: (() => BodySource) | undefined,
    listener: OutboundListener,
    text: string,
  ) {
    this.request = request;
    this.body = body;
    this.listener = listener;
    this.text = text;
  }

  resume(): void {
    this.carrier?.resume();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.carrier?.giveUp();
  }

  fail(fault: OutboundFault, detail: string, sent: boolean): void {
    if (this.over) return;
    this.over = true;
    this.listener.failed({ fault, detail, sent });
  }
}
