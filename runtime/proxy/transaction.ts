import { messageOf } from "../errors.ts";
import type { Departure, Exchange, ExchangeFacts, ExchangeListener } from "../http/exchange.ts";
import { WAITING } from "./chain-listener.ts";
import { type Client, clientOf } from "./client.ts";
import { noteDeparture } from "./departure.ts";
import { factsOf } from "./exchange-facts.ts";
import { Forward } from "./forward.ts";
import { introduce } from "./forwarding.ts";
import { deadlineReply, endAtDeadline } from "./grpc-deadline.ts";
import { grpcTimeoutOf, passOnGrpcTimeout } from "./grpc-timeout.ts";
import { answerOptions } from "./options-request.ts";
import { crash, sendReply } from "./own-reply.ts";
import { NOWHERE, type Place } from "./place.ts";
import { choiceOf, type Plan } from "./plan.ts";
import type { LineFacts } from "./record.ts";
import { type Reply, refusal } from "./reply.ts";
import { report } from "./report.ts";
import { bodyToSend } from "./request-body.ts";
import { readTarget } from "./request-target.ts";
import { reroute } from "./reroute.ts";
import { isMisdirected } from "./route/misdirected.ts";
import { filterRequest, routedTarget } from "./route-filters.ts";
import type { Runner, Running } from "./running.ts";
import type { Scope } from "./scope.ts";
import type { Services } from "./services.ts";
import { WayBack } from "./way-back.ts";

/** What the transactions of one listening socket share. */
export interface Front {
  /** `socketKey`. */
  readonly socket: string;
  readonly services: Services;
  readonly running: Running<Transaction>;
  /** The last of the running ones has ended. */
  onIdle(): void;
}

/** One exchange on its way through the proxy: route, filters, backend, filters back, log. */
export class Transaction extends WayBack implements ExchangeListener, Runner, LineFacts {
  older: Runner | undefined = undefined;
  newer: Runner | undefined = undefined;
  readonly client: Client;
  readonly #scope: Scope;
  readonly #front: Front;
  /** How long a gRPC client waits, in milliseconds. */
  #deadline: number | undefined = undefined;

  constructor(exchange: Exchange, scope: Scope, front: Front) {
    super(exchange, front.services);
    this.#scope = scope;
    this.#front = front;
    this.client = clientOf(exchange.connection, front.services.isTrusted);
    exchange.listener = this;
    front.running.join(this);
  }

  /** Takes the first step that leads somewhere; the rest follows from events. */
  run(): void {
    try {
      const unreadable = readTarget(this.exchange.request, this.client, this.outcome);
      introduce(this.exchange, this.client, this.outcome);
      const reply = unreadable ?? answerOptions(this.exchange.request) ?? this.#route();
      if (reply === undefined) this.goOnward();
      else sendReply(this, reply);
    } catch (error) {
      crash(this, error);
    }
  }

  // The client's side.

  gone(departure: Departure, detail: string): void {
    this.forward?.abort();
    noteDeparture(this, departure, detail);
  }

  /** The proxy gives the exchange up: it stops and cannot wait any longer. */
  cut(reason: string): void {
    this.forward?.abort();
    this.outcome.note("LR", reason);
    this.exchange.abort();
  }

  /** The request took too long. */
  expired(): void {
    this.forward?.abort();
    const requestTimeout = this.plan?.rule.requestTimeout ?? 0;
    const deadline = this.#deadline;
    if (deadline !== undefined && isClients(deadline, requestTimeout)) endAtDeadline(this, deadline);
    else this.failed("UT", lateText(requestTimeout));
  }

  /** The exchange has ended, however it ended. */
  ended(): void {
    const { running } = this.#front;
    this.forward?.abort();
    this.disarm();
    running.leave(this);
    try {
      this.chain?.stop();
      this.services.recorder?.ended(this.exchange);
      report(this, this.plan, this.choice, this.services);
      this.chain?.finish(this.exchange);
      this.chain = undefined;
    } catch (error) {
      this.services.logger.log("error", "exchange failed", { reason: messageOf(error) });
    }
    running.ended += 1;
    if (running.size === 0) this.#front.onIdle();
  }

  // For its line of the access log.

  get place(): Place {
    return this.choice?.place ?? this.plan?.place ?? NOWHERE;
  }

  get facts(): ExchangeFacts {
    return factsOf(this, this.plan?.matched.listener.name ?? "", this.choice);
  }

  get plugins(): string {
    return this.chain === undefined ? "{}" : this.chain.versionsText;
  }

  // The steps.

  #route(): Reply | undefined {
    const { request, routing } = this.exchange;
    const router = this.#scope.routerOf(this.#front.socket);
    if (router !== undefined && isMisdirected(this.exchange, router)) return refusal("NR", "misdirected", 421);
    const matched = router?.match(request);
    if (matched === undefined) return refusal("NR", "no route matches the request");
    const plan = this.#scope.planOf(matched);
    const { rule } = plan;
    this.plan = plan;
    routing.route = rule.name;
    routing.backends = plan.backends;
    const deadline = grpcTimeoutOf(this.exchange);
    if (deadline === "malformed") return refusal("DPE", "grpc_timeout");
    if (deadline === 0) return deadlineReply(deadline);
    this.#deadline = deadline;
    this.#armBy(rule.requestTimeout);
    if (rule.invalid !== undefined) return refusal("NC", rule.invalid);
    if (plan.missing !== undefined) return refusal("NFCF", `unknown plugin ${plan.missing}`);
    if (plan.chain !== undefined) {
      this.chain = plan.chain.open(this);
      this.exchange.standing = this;
    }
    this.services.recorder?.asked(this.exchange);
    return undefined;
  }

  protected goOnward(): void {
    const chain = this.chain;
    const step = chain === undefined ? undefined : chain.onward(this.exchange);
    if (step === WAITING) {
      chain?.flow();
      return;
    }
    if (step === undefined && chain?.pump("request") === false) return;
    const reply = step ?? this.#send();
    if (reply !== undefined) sendReply(this, reply);
  }

  /** Route filters come after the plugins: nobody is redirected or rewritten who was not let in. */
  #send(): Reply | undefined {
    if (this.exchange.routing.again) this.#routeAgain(this.plan as Plan);
    const plan = this.plan as Plan;
    if (plan.rule.invalid !== undefined) return refusal("NC", plan.rule.invalid);
    const routed = plan.filtersRequest ? routedTarget(this.exchange.request) : undefined;
    const moved = routed && filterRequest(this.exchange, plan.matched, plan.rule.filters, routed);
    if (moved !== undefined) return moved;
    const choice = choiceOf(plan, this.exchange.routing.chosen, this.services.random);
    this.choice = choice;
    if (choice === undefined) return refusal("NC", "no backend of the rule has a weight");
    const { backend, cluster } = choice;
    if (backend.invalid !== undefined) return refusal("NC", backend.invalid);
    if (cluster === undefined) return refusal("NC", `unknown cluster ${backend.cluster}`);
    const movedByBackend = routed && filterRequest(this.exchange, plan.matched, backend.filters, routed);
    if (movedByBackend !== undefined) return movedByBackend;
    const { request, routing } = this.exchange;
    const { backendTimeout } = plan.rule;
    // Filters may have taken their time, and those of requests before it in this turn.
    const isLater = plan.chain !== undefined || backendTimeout > 0;
    const now = isLater ? this.services.clock.monotonic() : this.outcome.start;
    if (this.#deadline !== undefined) {
      const left = this.#timeLeft(this.#deadline, plan, now);
      if (left <= 0) return lateReply(this.#deadline, plan.rule.requestTimeout);
      passOnGrpcTimeout(this.exchange, left);
    }
    this.forward = new Forward(
      request,
      cluster,
      backendTimeout,
      this.services,
      this,
      bodyToSend(this.exchange, this.chain, this.services.recorder),
      routing.hashKey,
    );
    this.forward.start(now);
    return undefined;
  }

  /** The first of the times that end the exchange, in milliseconds from now. */
  #timeLeft(deadline: number, { rule }: Plan, now: number): number {
    const { requestTimeout, backendTimeout } = rule;
    const whole = requestTimeout > 0 ? Math.min(requestTimeout, deadline) : deadline;
    const left = whole - (now - this.outcome.start);
    return backendTimeout > 0 ? Math.min(backendTimeout, left) : left;
  }

  #armBy(requestTimeout: number): void {
    const deadline = this.#deadline;
    if (deadline === undefined) {
      if (requestTimeout > 0) this.arm(requestTimeout);
    } else this.arm(requestTimeout > 0 ? Math.min(requestTimeout, deadline) : deadline);
  }

  #routeAgain(before: Plan): void {
    const router = this.#scope.routerOf(this.#front.socket);
    if (router === undefined) return;
    const plan = reroute(this.exchange, before, router, this.#scope);
    this.plan = plan;
    const { requestTimeout } = plan.rule;
    if (requestTimeout === before.rule.requestTimeout) return;
    this.disarm();
    this.#armBy(requestTimeout);
  }
}

/** Whether it is the client's deadline that ends an exchange, and not the route's time. */
function isClients(deadline: number, requestTimeout: number): boolean {
  return requestTimeout === 0 || deadline <= requestTimeout;
}

function lateReply(deadline: number, requestTimeout: number): Reply {
  return isClients(deadline, requestTimeout) ? deadlineReply(deadline) : refusal("UT", lateText(requestTimeout));
}

function lateText(requestTimeout: number): string {
  return `the request did not finish within ${requestTimeout} ms`;
}
