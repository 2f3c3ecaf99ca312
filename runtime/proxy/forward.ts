import type { BodySource } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import type { OutboundCall, OutboundFailure, OutboundListener, OutboundRequest } from "../http/outbound.ts";
import type { Clock } from "../telemetry/clock.ts";
import { pickEndpoint } from "./cluster/balancer.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import { type EndpointState, PENALTY } from "./cluster/endpoint.ts";
import type { Flag } from "./flags.ts";
import type { Timeout, Timers } from "./timers.ts";

/** Hears how one request fares at its cluster, whatever number of attempts that takes. */
export interface ForwardListener {
  informational(status: number, fields: FieldList): void;
  head(status: number, fields: FieldList): void;
  /** False asks for a pause until `resume`. */
  data(chunk: Uint8Array): boolean;
  readonly takesFrames: boolean;
  frame(bytes: Uint8Array, dataBytes: number): boolean;
  end(trailers: FieldList | undefined): void;
  failed(flag: Flag, detail: string): void;
}

export interface ForwardOptions {
  readonly cluster: ClusterState;
  readonly request: OutboundRequest;
  readonly body: (() => BodySource) | undefined;
  readonly hashKey: string | undefined;
  /** Milliseconds for one attempt with its whole response; 0 is off. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly listener: ForwardListener;
}

/** Endpoints that one request may try. */
const MAX_ATTEMPTS = 3;

/** RFC 9110 9.2.2; what may be sent again when the endpoint broke the connection without an answer. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/**
 * Sends a request to an endpoint of a cluster. Tries another endpoint when nothing was sent, and once more when an
 * idempotent request without a body met a broken connection: a pooled one that the endpoint had just closed.
 */
export class Forward implements OutboundListener {
  readonly #options: ForwardOptions;
  readonly #tried = new Set<EndpointState>();
  #endpoint: EndpointState | undefined = undefined;
  #call: OutboundCall | undefined = undefined;
  #timeout: Timeout | undefined = undefined;
  #resent = false;
  #answered = false;
  #over = false;
  /** Monotonic milliseconds. */
  #startedAt = 0;
  #answeredAt = 0;
  attempts = 0;

  constructor(options: ForwardOptions) {
    this.#options = options;
  }

  /** `address:port` of the endpoint that was tried last. */
  get upstream(): string {
    return this.#endpoint?.name ?? "";
  }

  /** Milliseconds from the start of the last attempt to the head of its response; 0 when there was none. */
  get latency(): number {
    return this.#answeredAt === 0 ? 0 : this.#answeredAt - this.#startedAt;
  }

  start(): void {
    this.#attempt();
  }

  resume(): void {
    this.#call?.resume();
  }

  /** Gives the request up; the listener hears nothing more. */
  abort(): void {
    if (this.#over) return;
    this.#settle();
    this.#call?.abort();
  }

  started(): void {}

  informational(status: number, fields: FieldList): void {
    if (!this.#over) this.#options.listener.informational(status, fields);
  }

  head(status: number, fields: FieldList): void {
    if (this.#over) return;
    this.#answered = true;
    this.#answeredAt = this.#options.clock.monotonic();
    this.#options.listener.head(status, fields);
  }

  data(chunk: Uint8Array): boolean {
    return this.#over || this.#options.listener.data(chunk);
  }

  get takesFrames(): boolean {
    return this.#options.listener.takesFrames;
  }

  frame(bytes: Uint8Array, dataBytes: number): boolean {
    return this.#over || this.#options.listener.frame(bytes, dataBytes);
  }

  end(trailers: FieldList | undefined): void {
    if (this.#over) return;
    this.#settle();
    this.#options.listener.end(trailers);
  }

  failed(failure: OutboundFailure): void {
    if (this.#over) return;
    const endpoint = this.#release();
    if (endpoint !== undefined) this.#blame(endpoint, failure);
    if (this.#mayRetry(failure)) this.#attempt();
    else this.#fail(flagOf(failure), failure.detail);
  }

  #attempt(): void {
    const { cluster, clock, hashKey, random, request, body } = this.#options;
    const now = clock.monotonic();
    const endpoint = pickEndpoint({ endpoints: cluster.endpoints, tried: this.#tried, hashKey, now, random });
    if (endpoint === undefined) {
      this.#fail("UH", `cluster ${cluster.name} has ${cluster.total} endpoints, none of them ready`);
      return;
    }
    this.#endpoint = endpoint;
    this.#tried.add(endpoint);
    this.attempts += 1;
    this.#startedAt = now;
    endpoint.active += 1;
    endpoint.requests += 1;
    this.#arm();
    const call = endpoint.outbound.send(request, body, this);
    // A failure that was reported during `send` has already begun the next attempt.
    if (this.#call === undefined || this.#endpoint === endpoint) this.#call = call;
  }

  #arm(): void {
    const { timeout, timers } = this.#options;
    this.#timeout?.cancel();
    if (timeout > 0) this.#timeout = timers.after(timeout, () => this.#timedOut());
  }

  #timedOut(): void {
    const { listener, timeout } = this.#options;
    const endpoint = this.#endpoint;
    this.abort();
    if (endpoint !== undefined) endpoint.failures += 1;
    listener.failed("UT", `the backend did not finish within ${timeout} ms`);
  }

  #mayRetry({ sent, fault }: OutboundFailure): boolean {
    const { cluster, request, body } = this.#options;
    if (this.#answered || this.attempts >= MAX_ATTEMPTS) return false;
    if (!sent) return fault === "connect" && cluster.endpoints.some((endpoint) => !this.#tried.has(endpoint));
    if (fault !== "reset" || this.#resent || body !== undefined || !IDEMPOTENT.has(request.method)) return false;
    this.#resent = true;
    this.#tried.clear();
    return true;
  }

  #blame(endpoint: EndpointState, { fault }: OutboundFailure): void {
    endpoint.failures += 1;
    if (fault !== "connect") return;
    endpoint.connectFailures += 1;
    endpoint.penaltyUntil = this.#options.clock.monotonic() + PENALTY;
  }

  #fail(flag: Flag, detail: string): void {
    this.#settle();
    this.#options.listener.failed(flag, detail);
  }

  #settle(): void {
    this.#over = true;
    this.#release();
  }

  /** Ends the current attempt's claim on its endpoint. */
  #release(): EndpointState | undefined {
    this.#timeout?.cancel();
    this.#timeout = undefined;
    const endpoint = this.#endpoint;
    if (endpoint !== undefined && this.#claimed !== this.attempts) {
      this.#claimed = this.attempts;
      endpoint.active -= 1;
    }
    return endpoint;
  }

  /** The attempt whose claim was given back last. */
  #claimed = 0;
}

function flagOf({ fault }: OutboundFailure): Flag {
  if (fault === "connect") return "UF";
  return fault === "reset" ? "UC" : "UPE";
}
