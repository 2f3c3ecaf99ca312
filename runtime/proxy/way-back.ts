import type { BodySource, Exchange } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import { Alarm } from "../telemetry/wheel.ts";
import { beginResponse, openTunnel } from "./begin-response.ts";
import type { Chain } from "./chain.ts";
import { type ChainListener, WAITING } from "./chain-listener.ts";
import { mayHaveContent } from "./deliver.ts";
import type { Direction } from "./direction.ts";
import type { Flag } from "./flags.ts";
import type { Forward, ForwardListener } from "./forward.ts";
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
import type { Choice, Plan } from "./plan.ts";
import { type Reply, refusal } from "./reply.ts";
import { requestSource } from "./request-body.ts";
import { ResponseSource } from "./response-source.ts";
import { filterResponse } from "./route-filters.ts";
import type { Services } from "./services.ts";
import type { Time } from "./wait.ts";

/**
 * What comes back to a client, from a backend or from a filter, through the filters that its request has passed. A class
 * to derive from: an exchange should not have two objects for its way.
 */
export abstract class WayBack implements ForwardListener, ChainListener, Replying {
  readonly exchange: Exchange;
  readonly services: Services;
  readonly outcome: Outcome;
  protected plan: Plan | undefined = undefined;
  protected choice: Choice | undefined = undefined;
  chain: Chain | undefined = undefined;
  #alarm: Alarm | undefined = undefined;
  forward: Forward | undefined = undefined;
  pipe: Pipeline | undefined = undefined;
  own: Reply | undefined = undefined;
  fed = false;
  /** The backend's, before filters saw it. */
  #status = 0;

  constructor(exchange: Exchange, services: Services) {
    this.exchange = exchange;
    this.services = services;
    this.outcome = new Outcome(services);
  }

  /** Through the filters, as far as they let it. */
  protected abstract goOnward(): void;
  /** The request took too long. */
  abstract expired(): void;

  drained(): void {
    if (this.pipe === undefined) this.forward?.resume();
    else this.pipe.resume();
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

  get takesTexts(): boolean {
    if (this.pipe !== undefined || this.chain?.readsResponseBody === true) return false;
    return this.services.recorder === undefined && this.exchange.takesTexts;
  }

  text(piece: string): boolean {
    return this.exchange.writeText(piece);
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

  // The filters' side.

  get time(): Time {
    return this.services;
  }

  movesOn(direction: Direction): void {
    try {
      if (direction === "request") this.goOnward();
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

  // The steps.

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
    if (this.choice !== undefined) filterResponse(fields, this.choice.backend.filters);
    filterResponse(fields, rule.filters);
  }

  #openTunnel(): void {
    // Before its first byte: the request's timeout is none of the tunnel's.
    if (this.exchange.response.status === 101) this.disarm();
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

  #respond(status: number, fields: FieldList): void {
    const { response, request } = this.exchange;
    response.status = status;
    response.fields = fields;
    this.#status = status;
    if (this.plan?.filtersResponse) this.#filterResponse(this.plan, fields);
    if (this.chain !== undefined) {
      response.hasBody = mayHaveContent(request.method, status) && fields.contentLength !== 0;
    }
    this.services.recorder?.answered(this.exchange);
    this.goBack();
  }

  /** @param timeout milliseconds from the beginning of the exchange */
  protected arm(timeout: number): void {
    this.#alarm = new Alarm(this);
    this.services.wheel.arm(this.#alarm, timeout, this.outcome.start);
  }

  protected disarm(): void {
    if (this.#alarm !== undefined) this.services.wheel.cancel(this.#alarm);
  }
}
