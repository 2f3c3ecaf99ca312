import { messageOf } from "../errors.ts";
import type { BodySource, Departure, Exchange, ExchangeFacts, ExchangeListener } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import { Alarm } from "../telemetry/wheel.ts";
import { beginResponse, openTunnel } from "./begin-response.ts";
import type { Chain } from "./chain.ts";
import { type ChainListener, WAITING } from "./chain-listener.ts";
import { type Client, clientOf } from "./client.ts";
import { mayHaveContent } from "./deliver.ts";
import { noteDeparture } from "./departure.ts";
import type { Direction } from "./direction.ts";
import { factsOf } from "./exchange-facts.ts";
import type { Flag } from "./flags.ts";
import { Forward, type ForwardListener } from "./forward.ts";
import { introduce } from "./forwarding.ts";
import { answerOptions } from "./options-request.ts";
import { Outcome } from "./outcome.ts";
import {
  crash,
  deliverAlone,
  deliverReply,
  feedReply,
  noteReply,
  type Replying,
  sendReply,
  takeReply,
} from "./own-reply.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import { NOWHERE, type Place } from "./place.ts";
import { type Choice, choiceOf, type Plan } from "./plan.ts";
import type { LineFacts } from "./record.ts";
import { type Reply, refusal } from "./reply.ts";
import { report } from "./report.ts";
import { bodyToSend, requestSource } from "./request-body.ts";
import { readTarget } from "./request-target.ts";
import { reroute } from "./reroute.ts";
import { ResponseSource } from "./response-source.ts";
import { isMisdirected } from "./route/misdirected.ts";
import { filterRequest, filterResponse, routedTarget } from "./route-filters.ts";
import type { Runner, Running } from "./running.ts";
import type { Scope } from "./scope.ts";
import type { Services } from "./services.ts";
import type { Time } from "./wait.ts";

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
export class Transaction implements ExchangeListener, ForwardListener, ChainListener, Runner, LineFacts, Replying {
  older: Runner | undefined = undefined;
  newer: Runner | undefined = undefined;
  readonly exchange: Exchange;
  readonly #scope: Scope;
  readonly #front: Front;
  readonly services: Services;
  readonly client: Client;
  readonly outcome: Outcome;
  #plan: Plan | undefined = undefined;
  #choice: Choice | undefined = undefined;
  chain: Chain | undefined = undefined;
  #alarm: Alarm | undefined = undefined;
  forward: Forward | undefined = undefined;
  /** The way of the response's body, where filters have to do with it. */
  pipe: Pipeline | undefined = undefined;
  /** A response of our own, in place of the backend's. */
  own: Reply | undefined = undefined;
  /** Whether its body is on its way through filters. */
  fed = false;
  /** The backend's, before filters saw it. */
  #status = 0;

  constructor(exchange: Exchange, scope: Scope, front: Front) {
    this.exchange = exchange;
    this.#scope = scope;
    this.#front = front;
    this.services = front.services;
    this.client = clientOf(exchange.connection, front.services.isTrusted);
    this.outcome = new Outcome(front.services);
    exchange.listener = this;
    front.running.join(this);
  }

  /** Takes the first step that leads somewhere; the rest follows from events. */
  run(): void {
    try {
      const unreadable = readTarget(this.exchange.request, this.client);
      introduce(this.exchange, this.client, this.outcome);
      const reply = unreadable ?? answerOptions(this.exchange.request) ?? this.#route();
      if (reply === undefined) this.#goOnward();
      else sendReply(this, reply);
    } catch (error) {
      crash(this, error);
    }
  }

  // The client's side.

  drained(): void {
    if (this.pipe === undefined) this.forward?.resume();
    else this.pipe.resume();
  }

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

  // The backend's side.

  informational(status: number, fields: FieldList): void {
    this.exchange.informational(status, fields);
  }

  head(status: number, fields: FieldList): void {
    try {
      this.#respond(status, fields);
    } catch (error) {
      crash(this, error);
    }
  }

  data(chunk: Uint8Array): boolean {
    this.services.recorder?.received(this.exchange, chunk);
    return this.pipe === undefined ? this.exchange.write(chunk) : this.#pass(this.pipe, chunk);
  }

  get takesFrames(): boolean {
    return this.pipe === undefined && this.exchange.takesFrames && this.services.recorder?.wantsBodies !== true;
  }

  frame(bytes: Uint8Array, dataBytes: number): boolean {
    return this.exchange.frame(bytes, dataBytes);
  }

  end(trailers: FieldList | undefined): void {
    if (this.exchange.request.hasBody) {
      this.chain?.close("request");
      this.exchange.discardBody();
    }
    if (this.pipe === undefined) this.exchange.end(trailers);
    else this.#endPipe(this.pipe, trailers);
  }

  failed(flag: Flag, detail: string): void {
    if (this.exchange.state !== "open") {
      this.outcome.note(flag, detail);
      this.exchange.abort();
      return;
    }
    try {
      sendReply(this, refusal(flag, detail));
    } catch (error) {
      crash(this, error);
    }
  }

  /** The request took too long. */
  expired(): void {
    this.forward?.abort();
    this.failed("UT", `the request did not finish within ${this.#plan?.rule.requestTimeout} ms`);
  }

  // The filters' side.

  get time(): Time {
    return this.services;
  }

  movesOn(direction: Direction): void {
    try {
      if (direction === "request") this.#goOnward();
      else this.goBack();
    } catch (error) {
      crash(this, error);
    }
  }

  replaces(reply: Reply): void {
    this.forward?.abort();
    takeReply(this, reply);
  }

  answers(reply: Reply, direction: Direction): void {
    this.forward?.abort();
    if (this.exchange.state !== "open") {
      noteReply(this, reply);
      this.exchange.abort();
    } else if (direction === "request") sendReply(this, reply);
    else deliverAlone(this, reply);
  }

  sourceOf(direction: Direction): BodySource {
    return direction === "request" ? requestSource(this.exchange, this.services.recorder) : new ResponseSource(this);
  }

  waited(milliseconds: number): void {
    this.outcome.waited += milliseconds;
  }

  kept(bytes: number): void {
    this.outcome.kept = bytes;
  }

  crashed(error: unknown): void {
    crash(this, error);
  }

  /** A filter failed, whether the policy lets the exchange go on or not. */
  fault(plugin: string, code: string, detail: string): void {
    this.services.metrics.faults.add(1, plugin, code);
    // Of a plugin that is not run the log has heard already.
    if (code === "PLUGIN_QUARANTINED" || code === "PLUGIN_SHED") return;
    this.services.logger.log("warn", "plugin fault", { plugin, code, detail, requestId: this.outcome.requestId });
  }

  /** The exchange has ended, however it ended. */
  ended(): void {
    const { running } = this.#front;
    this.forward?.abort();
    this.#disarm();
    running.leave(this);
    try {
      this.chain?.stop();
      this.services.recorder?.ended(this.exchange);
      report(this, this.#plan, this.#choice, this.services);
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
    return this.#choice?.place ?? this.#plan?.place ?? NOWHERE;
  }

  get facts(): ExchangeFacts {
    return factsOf(this, this.#plan?.matched.listener.name ?? "", this.#choice);
  }

  get plugins(): string {
    return this.chain === undefined ? "{}" : this.chain.versionsText;
  }

  // The steps.

  #route(): Reply | undefined {
    const { request, routing } = this.exchange;
    const router = this.#scope.routers.get(this.#front.socket);
    if (router !== undefined && isMisdirected(this.exchange, router)) return refusal("NR", "misdirected", 421);
    const matched = router?.match(request);
    if (matched === undefined) return refusal("NR", "no route matches the request");
    const plan = this.#scope.planOf(matched);
    const { rule } = plan;
    this.#plan = plan;
    routing.route = rule.name;
    routing.backends = plan.backends;
    if (rule.requestTimeout > 0) this.#arm(rule.requestTimeout);
    if (rule.invalid !== undefined) return refusal("NC", rule.invalid);
    if (plan.missing !== undefined) return refusal("NFCF", `unknown plugin ${plan.missing}`);
    if (plan.chain !== undefined) {
      this.chain = plan.chain.open(this);
      this.exchange.standing = this;
    }
    this.services.recorder?.asked(this.exchange);
    return undefined;
  }

  /** Through the filters, as far as they let it. */
  #goOnward(): void {
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
    if (this.exchange.routing.again) this.#routeAgain(this.#plan as Plan);
    const plan = this.#plan as Plan;
    if (plan.rule.invalid !== undefined) return refusal("NC", plan.rule.invalid);
    const routed = plan.filtersRequest ? routedTarget(this.exchange.request) : undefined;
    const moved = routed && filterRequest(this.exchange, plan.matched, plan.rule.filters, routed);
    if (moved !== undefined) return moved;
    const choice = choiceOf(plan, this.exchange.routing.chosen, this.services.random);
    this.#choice = choice;
    if (choice === undefined) return refusal("NC", "no backend of the rule has a weight");
    const { backend, cluster } = choice;
    if (backend.invalid !== undefined) return refusal("NC", backend.invalid);
    if (cluster === undefined) return refusal("NC", `unknown cluster ${backend.cluster}`);
    const movedByBackend = routed && filterRequest(this.exchange, plan.matched, backend.filters, routed);
    if (movedByBackend !== undefined) return movedByBackend;
    const { request, routing } = this.exchange;
    const { backendTimeout } = plan.rule;
    this.forward = new Forward(
      request,
      cluster,
      backendTimeout,
      this.services,
      this,
      bodyToSend(this.exchange, this.chain, this.services.recorder),
      routing.hashKey,
    );
    // Filters may have taken their time.
    this.forward.start(plan.chain === undefined ? this.outcome.start : this.services.clock.monotonic());
    return undefined;
  }

  #routeAgain(before: Plan): void {
    const plan = reroute(this.exchange, before, this.#scope.routers.get(this.#front.socket), this.#scope);
    this.#plan = plan;
    const { requestTimeout } = plan.rule;
    if (requestTimeout === before.rule.requestTimeout) return;
    this.#disarm();
    if (requestTimeout > 0) this.#arm(requestTimeout);
  }

  #arm(timeout: number): void {
    this.#alarm = new Alarm(this);
    this.services.wheel.arm(this.#alarm, timeout, this.outcome.start);
  }

  #disarm(): void {
    if (this.#alarm !== undefined) this.services.wheel.cancel(this.#alarm);
  }

  #respond(status: number, fields: FieldList): void {
    const { response, request } = this.exchange;
    response.status = status;
    response.fields = fields;
    this.#status = status;
    if (this.#plan?.filtersResponse) this.#filterResponse(this.#plan, fields);
    if (this.chain !== undefined) {
      response.hasBody = mayHaveContent(request.method, status) && fields.get("content-length") !== "0";
    }
    this.services.recorder?.answered(this.exchange);
    this.goBack();
  }

  /** Back through the filters, as far as they let it. */
  goBack(): void {
    const chain = this.chain;
    if (chain !== undefined) {
      if (chain.backward(this.exchange) === WAITING) {
        this.#waitBack(chain);
        return;
      }
      if (!chain.pump("response")) return;
    }
    if (this.own !== undefined) deliverReply(this, this.own);
    else if (this.#status === 101) this.#openTunnel();
    else beginResponse(this, this.#status);
  }

  #waitBack(chain: Chain): void {
    this.pipe = chain.responseBody(this.exchange);
    if (this.own !== undefined) feedReply(this, this.own);
    // What the hooks for its body say may have ended the exchange.
    this.chain?.flow();
  }

  #filterResponse({ rule }: Plan, fields: FieldList): void {
    if (this.#choice !== undefined) filterResponse(fields, this.#choice.backend.filters);
    filterResponse(fields, rule.filters);
  }

  #openTunnel(): void {
    // Before its first byte: the request's timeout is none of the tunnel's.
    if (this.exchange.response.status === 101) this.#disarm();
    openTunnel(this);
  }

  #pass(pipe: Pipeline, chunk: Uint8Array): boolean {
    try {
      return pipe.write(chunk);
    } catch (error) {
      crash(this, error);
      return true;
    }
  }

  #endPipe(pipe: Pipeline, trailers: FieldList | undefined): void {
    try {
      pipe.end(trailers);
    } catch (error) {
      crash(this, error);
    }
  }
}
