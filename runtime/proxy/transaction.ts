import type { WeightedBackend } from "../config/snapshot.ts";
import type { BodySource, Departure, Exchange, ExchangeListener } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import type { Chain, ChainListener } from "./chain.ts";
import type { Flag } from "./flags.ts";
import { Forward, type ForwardListener } from "./forward.ts";
import { introduce } from "./forwarding.ts";
import { Outcome } from "./outcome.ts";
import { type Reply, refusal } from "./reply.ts";
import { readTarget } from "./request-target.ts";
import type { Matched } from "./route/precedence.ts";
import { chooseBackend } from "./route/weights.ts";
import { filterRequest, filterResponse, routedTarget } from "./route-filters.ts";
import type { Scope } from "./scope.ts";
import type { Services } from "./services.ts";
import type { Timeout } from "./timers.ts";

export interface TransactionOptions {
  readonly scope: Scope;
  /** Of the socket that the request came in on. */
  readonly socket: string;
  readonly services: Services;
  readonly onEnd: () => void;
}

/** One exchange on its way through the proxy: route, filters, backend, filters back, log. */
export class Transaction implements ExchangeListener, ForwardListener, ChainListener {
  readonly #exchange: Exchange;
  readonly #scope: Scope;
  readonly #services: Services;
  readonly #onEnd: () => void;
  readonly #socket: string;
  readonly #outcome: Outcome;
  #matched: Matched | undefined = undefined;
  #chain: Chain | undefined = undefined;
  #forward: Forward | undefined = undefined;
  #backend: WeightedBackend | undefined = undefined;
  #timeout: Timeout | undefined = undefined;

  constructor(exchange: Exchange, { scope, socket, services, onEnd }: TransactionOptions) {
    this.#exchange = exchange;
    this.#scope = scope;
    this.#services = services;
    this.#onEnd = onEnd;
    this.#socket = socket;
    this.#outcome = new Outcome(services);
    exchange.listener = this;
    exchange.onEnd = () => this.#finish();
    Object.assign(this.#outcome, introduce(exchange, services.isTrusted(exchange.connection.clientAddress)));
  }

  /** Takes the first step that leads somewhere; the rest follows from events. */
  run(): void {
    const reply = readTarget(this.#exchange.request) ?? this.#route(this.#socket) ?? this.#filter() ?? this.#send();
    if (reply !== undefined) this.#reply(reply);
  }

  // The client's side.

  drained(): void {
    this.#forward?.resume();
  }

  gone(departure: Departure): void {
    this.#forward?.abort();
    this.#outcome.note(DEPARTURES[departure], departure);
    if (this.#exchange.response.status === 0) {
      this.#exchange.response.status = departure === "malformed" ? 400 : departure === "slow" ? 408 : 0;
    }
  }

  /** The proxy gives the exchange up: it stops and cannot wait any longer, or has failed itself. */
  cut(reason: string): void {
    this.#forward?.abort();
    this.#outcome.note("LR", reason);
    this.#exchange.abort();
  }

  // The backend's side.

  informational(status: number, fields: FieldList): void {
    this.#exchange.informational(status, fields);
  }

  head(status: number, fields: FieldList): void {
    const { response, request } = this.#exchange;
    response.status = status;
    response.fields.replace(fields.raw as string[]);
    filterResponse(response.fields, this.#backend?.filters ?? []);
    filterResponse(response.fields, this.#matched?.rule.filters ?? []);
    const reply = this.#chain?.backward(this.#exchange);
    if (reply !== undefined) {
      this.#forward?.abort();
      this.#deliver(reply);
      return;
    }
    const bodiless = isBodiless(request.method, response.status);
    // A filter made a message with content of one without: the length that it spoke of never comes.
    if (!bodiless && isBodiless(request.method, status)) response.fields.set("content-length", "0");
    const empty = bodiless || response.fields.get("content-length") === "0";
    if (response.status === 204) response.fields.remove("content-length");
    this.#exchange.begin(!empty);
  }

  data(chunk: Uint8Array): boolean {
    return this.#exchange.write(chunk);
  }

  get takesFrames(): boolean {
    return this.#exchange.takesFrames;
  }

  frame(bytes: Uint8Array, dataBytes: number): boolean {
    return this.#exchange.frame(bytes, dataBytes);
  }

  end(trailers: FieldList | undefined): void {
    if (this.#exchange.request.hasBody) this.#exchange.discardBody();
    this.#exchange.end(trailers);
  }

  failed(flag: Flag, detail: string): void {
    if (this.#exchange.state === "open") {
      this.#reply(refusal(flag, detail));
      return;
    }
    this.#outcome.note(flag, detail);
    this.#exchange.abort();
  }

  // The steps.

  #route(socket: string): Reply | undefined {
    const { request, routing } = this.#exchange;
    const matched = this.#scope.routers.get(socket)?.match(request);
    if (matched === undefined) return refusal("NR", "no route matches the request");
    const { rule } = matched;
    const plan = this.#scope.planOf(rule);
    this.#matched = matched;
    this.#outcome.listener = matched.listener.name;
    routing.route = rule.name;
    routing.backends = plan.backends;
    if (rule.requestTimeout > 0) this.#arm(rule.requestTimeout);
    if (rule.invalid !== undefined) return refusal("NC", rule.invalid);
    if (plan.missing !== undefined) return refusal("NFCF", `unknown plugin ${plan.missing}`);
    this.#chain = plan.chain?.open(this);
    return undefined;
  }

  #arm(milliseconds: number): void {
    this.#timeout = this.#services.timers.after(milliseconds, () => {
      this.#forward?.abort();
      this.failed("UT", `the request did not finish within ${milliseconds} ms`);
    });
  }

  #filter(): Reply | undefined {
    return this.#chain?.onward(this.#exchange);
  }

  /** Route filters come after the plugins: nobody is redirected or rewritten who was not let in. */
  #send(): Reply | undefined {
    const matched = this.#matched as Matched;
    const { rule } = matched;
    const routed = routedTarget(this.#exchange.request);
    const moved = filterRequest(this.#exchange, matched, rule.filters, routed);
    if (moved !== undefined) return moved;
    const backend = this.#choose();
    this.#backend = backend;
    if (backend === undefined) return refusal("NC", "no backend of the rule has a weight");
    this.#outcome.backend = backend.cluster;
    if (backend.invalid !== undefined) return refusal("NC", backend.invalid);
    const cluster = this.#scope.clusters.get(backend.cluster);
    if (cluster === undefined) return refusal("NC", `unknown cluster ${backend.cluster}`);
    const movedByBackend = filterRequest(this.#exchange, matched, backend.filters, routed);
    if (movedByBackend !== undefined) return movedByBackend;
    this.#forward = this.#createForward(cluster);
    this.#forward.start();
    return undefined;
  }

  #choose(): WeightedBackend | undefined {
    const { rule } = this.#matched as Matched;
    const { chosen } = this.#exchange.routing;
    const named = chosen === undefined ? undefined : rule.backends.find((backend) => backend.cluster === chosen);
    return named ?? chooseBackend(rule, this.#services.random);
  }

  #createForward(cluster: ConstructorParameters<typeof Forward>[0]["cluster"]): Forward {
    const { request, routing } = this.#exchange;
    const { rule } = this.#matched as Matched;
    const { clock, timers, random } = this.#services;
    const target = request.query === undefined ? request.path : `${request.path}?${request.query}`;
    return new Forward({
      cluster,
      request: {
        method: request.method,
        authority: request.authority,
        target,
        fields: request.fields,
        contentLength: lengthOf(request.fields),
        upgrade: request.upgrade,
      },
      body: request.hasBody ? () => this.#body() : undefined,
      hashKey: routing.hashKey,
      timeout: rule.backendTimeout,
      clock,
      timers,
      random,
      listener: this,
    });
  }

  #body(): BodySource {
    return {
      flow: (sink) => this.#exchange.readBody(sink),
      resume: () => this.#exchange.resumeBody(),
      cancel: () => this.#exchange.discardBody(),
    };
  }

  /** A response of our own, which the filters that let the request pass see on its way back. */
  #reply(reply: Reply): void {
    const { response } = this.#exchange;
    response.status = reply.status;
    response.fields.replace(reply.fields.slice());
    const replaced = this.#chain?.backward(this.#exchange);
    if (replaced !== undefined) this.#outcome.note(reply.flag, reply.detail);
    this.#deliver(replaced ?? reply);
  }

  /** Sends what stands in the exchange's response with the reply's body. */
  #deliver(reply: Reply): void {
    const exchange = this.#exchange;
    const { status, fields } = exchange.response;
    this.#outcome.note(reply.flag, reply.detail);
    fields.removeWhere((name) => name === "content-length" || name === "transfer-encoding");
    if (status !== 204 && status !== 304) fields.set("content-length", String(reply.body.length));
    const hasBody = reply.body.length > 0 && !isBodiless(exchange.request.method, status);
    exchange.discardBody();
    exchange.begin(hasBody);
    if (hasBody) exchange.write(reply.body);
    exchange.end(undefined);
  }

  fault(plugin: string, code: string, detail: string): void {
    this.#services.metrics.faults.add(1, plugin, code);
    this.#services.logger.log("warn", "plugin fault", { plugin, code, detail, requestId: this.#outcome.requestId });
  }

  /** The exchange has ended, however it ended. */
  #finish(): void {
    this.#timeout?.cancel();
    this.#forward?.abort();
    const plugins = this.#chain === undefined ? {} : JSON.parse(this.#chain.versionsText);
    this.#chain?.finish(this.#exchange);
    this.#chain = undefined;
    this.#outcome.report(this.#exchange, this.#forward, plugins);
    this.#onEnd();
  }
}

const DEPARTURES: Readonly<Record<Departure, Flag>> = {
  disconnected: "DC",
  malformed: "DPE",
  slow: "SI",
  stalled: "SI",
};

/** Messages without content whatever their fields say (RFC 9110 6.4.1). */
function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

function lengthOf(fields: FieldList): number | undefined {
  const length = fields.get("content-length");
  return length === undefined ? undefined : Number(length);
}
