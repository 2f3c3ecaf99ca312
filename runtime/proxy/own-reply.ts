import { messageOf } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Chain } from "./chain.ts";
import { deliver, isHeadAlone, takeHead } from "./deliver.ts";
import type { Forward } from "./forward.ts";
import type { Outcome } from "./outcome.ts";
import { CollectedReply } from "./pipeline/collected-reply.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import { type Reply, refusal } from "./reply.ts";
import type { Services } from "./services.ts";

/** The transaction that a response of our own ends, in place of the backend's. */
export interface Replying {
  readonly exchange: Exchange;
  readonly outcome: Outcome;
  readonly services: Services;
  readonly chain: Chain | undefined;
  readonly forward: Forward | undefined;
  /** The way of the response's body, where filters have to do with it. */
  pipe: Pipeline | undefined;
  /** A response of our own, in place of the backend's. */
  own: Reply | undefined;
  /** Whether its body is on its way through filters. */
  fed: boolean;
  /** Lets the response go back through the filters, as far as they let it. */
  goBack(): void;
}

/** A response of our own, which the filters that let the request pass see on its way back. */
export function sendReply(to: Replying, reply: Reply): void {
  if (reply.flag === "DPE") refuse(to, reply);
  to.chain?.close("request");
  // Of nothing there is nothing to see.
  if (to.chain?.isBack || reply.abandon) {
    deliverAlone(to, reply);
    return;
  }
  takeReply(to, reply);
  to.goBack();
}

/** From now on this is the response. */
export function takeReply(to: Replying, reply: Reply): void {
  to.own = reply;
  to.fed = false;
  noteReply(to, reply);
  takeHead(to.exchange.response, reply);
  if (isHeadAlone(to.exchange)) to.exchange.response.hasBody = false;
}

/** Sends a response of our own, its body through the filters that have hooks for it. */
export function deliverReply(to: Replying, reply: Reply): void {
  const { exchange } = to;
  const pipe = isHeadAlone(exchange) ? undefined : to.chain?.responseBody(exchange);
  if (pipe === undefined) {
    deliver(exchange, reply);
    return;
  }
  to.pipe = pipe;
  feedReply(to, reply);
  pipe.flow(new CollectedReply((body) => deliver(exchange, { ...reply, body })));
}

/** Lets the filters that have hooks for it see its body, once. */
export function feedReply(to: Replying, reply: Reply): void {
  const { pipe } = to;
  if (pipe === undefined || to.fed) return;
  to.fed = true;
  pipe.write(reply.body, true);
  pipe.end(undefined);
}

/** Sends a response that no filter sees: those that would have seen another one, or are in the midst of it. */
export function deliverAlone(to: Replying, reply: Reply): void {
  to.chain?.close("response");
  to.pipe = undefined;
  takeReply(to, reply);
  deliver(to.exchange, reply);
}

export function noteReply({ outcome }: Replying, { flag, detail }: Reply): void {
  if (flag !== undefined) outcome.note(flag, detail);
}

/** A fault of our own costs one exchange, not the process: 500 where there is still time to say so. */
export function crash(to: Replying, error: unknown): void {
  const { exchange } = to;
  to.services.logger.log("error", "exchange failed", { reason: messageOf(error) });
  to.forward?.abort();
  if (exchange.state !== "open") {
    to.outcome.note("IE", messageOf(error));
    exchange.abort();
    return;
  }
  to.chain?.close("request");
  deliverAlone(to, refusal("IE", messageOf(error)));
}

/** What else the client sent cannot be trusted either. */
function refuse({ services, exchange }: Replying, { detail }: Reply): void {
  services.metrics.refused.add(1, detail);
  exchange.closeAfter();
}
