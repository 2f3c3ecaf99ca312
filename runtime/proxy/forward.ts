import type { Socket } from "node:net";
import { upstreamOf } from "../http/connection-info.ts";
import type { BodySource, RequestHead, UpstreamConnection } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import type {
  OutboundCall,
  OutboundFailure,
  OutboundFault,
  OutboundListener,
  OutboundRequest,
} from "../http/outbound.ts";
import { handshakeReason } from "../http/tls/handshake-fault.ts";
import { Alarm } from "../telemetry/wheel.ts";
import { type Pick, pickEndpoint } from "./cluster/balancer.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import { type EndpointState, PENALTY } from "./cluster/endpoint.ts";
import type { Flag } from "./flags.ts";
import { forwardedTarget } from "./request-target.ts";
import type { Services } from "./services.ts";

/** Hears how one request fares at its cluster, whatever number of attempts that takes. */
export interface ForwardListener {
  informational(status: number, fields: FieldList): void;
  head(status: number, fields: FieldList): void;
  /** False asks for a pause until `resume`. */
  data(chunk: Uint8Array): boolean;
  readonly takesTexts?: boolean;
  text?(piece: string): boolean;
  readonly takesFrames: boolean;
  frame(bytes: Uint8Array, dataBytes: number): boolean;
  end(trailers: FieldList | undefined): void;
  failed(flag: Flag, detail: string): void;
}

/** What a request says, when its filters are through with it. */
export type ForwardRequest = Omit<RequestHead, "scheme">;

/** Endpoints that one request may try. */
const MAX_ATTEMPTS = 3;

/** RFC 9110 9.2.2; what may be sent again when the endpoint broke the connection without an answer. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/**
 * Sends a request to an endpoint of a cluster, and is itself what the endpoint is sent. Tries another endpoint
 * when nothing was sent, and once more when a request met a broken connection, a pooled one that the endpoint had just
 * closed: one that is idempotent and has no body, or any of which nothing was sent.
 */
export class Forward implements OutboundRequest, OutboundListener, Pick {
  readonly method: string;
  readonly authority: string;
  readonly target: string;
  readonly fields: FieldList;
  readonly contentLength: number | undefined;
  readonly upgrade: "websocket" | undefined;
  readonly hashKey: string | undefined;
  /** Endpoints that are not to be tried again; not even a set as long as the first attempt goes well. */
  tried: Set<EndpointState> | undefined = undefined;
  attempts = 0;
  readonly #cluster: ClusterState;
  readonly #body: (() => BodySource) | undefined;
  readonly #hasBody: boolean;
  /** Milliseconds for one attempt with its whole response; 0 is off. */
  readonly #timeout: number;
  readonly #services: Services;
  readonly #listener: ForwardListener;
  #alarm: Alarm | undefined = undefined;
  #endpoint: EndpointState | undefined = undefined;
  /** Whether the current attempt counts among the endpoint's. */
  #claims = false;
  #call: OutboundCall | undefined = undefined;
  #socket: Socket | undefined = undefined;
  #resent = false;
  #answered = false;
  #over = false;
  /** Monotonic milliseconds. */
  #startedAt = 0;
  #answeredAt = 0;

  /**
   * @param timeout milliseconds for one attempt with its whole response; 0 is off
   * @param body asked for when the request goes out; undefined without one
   */
  constructor(
    request: ForwardRequest,
    cluster: ClusterState,
    timeout: number,
    services: Services,
    listener: ForwardListener,
    body: (() => BodySource) | undefined,
    hashKey?: string | undefined,
  ) {
    this.method = request.method;
    this.authority = request.authority;
    this.target = forwardedTarget(request);
    this.fields = request.fields;
    this.contentLength = request.fields.contentLength;
    this.upgrade = request.upgrade;
    this.hashKey = hashKey;
    this.#cluster = cluster;
    this.#hasBody = body !== undefined && request.upgrade === undefined;
    this.#body = body;
    this.#timeout = timeout;
    this.#services = services;
    this.#listener = listener;
  }

  /** The one that was tried last. */
  get endpoint(): EndpointState | undefined {
    return this.#endpoint;
  }

  /** Milliseconds from the start of the last attempt to the head of its response; 0 when there was none. */
  get latency(): number {
    return this.#answeredAt === 0 ? 0 : this.#answeredAt - this.#startedAt;
  }

  /** The connection of the last attempt; undefined before there is one, and when it is gone. */
  get connection(): UpstreamConnection | undefined {
    return this.#socket && upstreamOf(this.#socket);
  }

  /** @param now monotonic milliseconds */
  start(now: number): void {
    const cluster = this.#cluster;
    const endpoint = pickEndpoint(cluster.endpoints, this, now, this.#services.random);
    if (endpoint === undefined) {
      this.#fail("UH", cluster.invalid ?? `cluster ${cluster.name} has ${cluster.total} endpoints, none of them ready`);
      return;
    }
    this.#endpoint = endpoint;
    this.#socket = undefined;
    this.#claims = true;
    this.attempts += 1;
    this.#startedAt = now;
    endpoint.active += 1;
    endpoint.requests += 1;
    if (this.#timeout > 0) this.#arm(now);
    const attempt = this.attempts;
    const call = endpoint.outbound.send(this, this.#body, this);
    // A failure that was reported during `send` has already begun the next attempt.
    if (this.attempts === attempt) this.#call = call;
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

  /** What follows takes as long as it takes. */
  forgetTimeout(): void {
    if (this.#alarm !== undefined) this.#services.wheel.cancel(this.#alarm);
  }

  started(socket: Socket): void {
    this.#socket = socket;
  }

  informational(status: number, fields: FieldList): void {
    if (!this.#over) this.#listener.informational(status, fields);
  }

  head(status: number, fields: FieldList): void {
    if (this.#over) return;
    this.#answered = true;
    this.#answeredAt = this.#services.turn.monotonic;
    this.#listener.head(status, fields);
  }

  data(chunk: Uint8Array): boolean {
    return this.#over || this.#listener.data(chunk);
  }

  get takesTexts(): boolean {
    return this.#listener.takesTexts === true;
  }

  text(piece: string): boolean {
    return this.#over || (this.#listener.text?.(piece) ?? true);
  }

  get takesFrames(): boolean {
    return this.#listener.takesFrames;
  }

  frame(bytes: Uint8Array, dataBytes: number): boolean {
    return this.#over || this.#listener.frame(bytes, dataBytes);
  }

  end(trailers: FieldList | undefined): void {
    if (this.#over) return;
    this.#settle();
    this.#listener.end(trailers);
  }

  failed(failure: OutboundFailure): void {
    if (this.#over) return;
    this.#release();
    this.#blame(failure);
    if (this.#mayRetry(failure)) this.start(this.#services.clock.monotonic());
    else this.#fail(FLAG_OF[failure.fault], failure.detail);
  }

  /** The attempt took too long. */
  expired(): void {
    if (this.#over) return;
    this.abort();
    if (this.#endpoint !== undefined) this.#endpoint.failures += 1;
    this.#listener.failed("UT", `the backend did not finish within ${this.#timeout} ms`);
  }

  #arm(now: number): void {
    this.#alarm ??= new Alarm(this);
    this.#services.wheel.arm(this.#alarm, this.#timeout, now);
  }

  #mayRetry({ sent, fault }: OutboundFailure): boolean {
    if (this.#answered || this.attempts >= MAX_ATTEMPTS) return false;
    if (fault === "request") return false;
    if (!sent && this.#hasUntried()) return true;
    if (fault !== "reset" || this.#resent) return false;
    if (sent && (this.#hasBody || !IDEMPOTENT.has(this.method))) return false;
    this.#resent = true;
    this.tried = undefined;
    return true;
  }

  #hasUntried(): boolean {
    this.tried ??= new Set();
    this.tried.add(this.#endpoint as EndpointState);
    const { tried } = this;
    return this.#cluster.endpoints.some((endpoint) => !tried.has(endpoint));
  }

  #blame({ fault, detail }: OutboundFailure): void {
    const endpoint = this.#endpoint as EndpointState;
    if (fault === "request" || fault === "overflow") return;
    endpoint.failures += 1;
    if (fault !== "connect") return;
    endpoint.connectFailures += 1;
    const reason = handshakeReason(detail);
    if (reason !== undefined) this.#services.metrics.handshakeFailures.add(1, this.#cluster.name, reason);
    endpoint.penaltyUntil = this.#services.clock.monotonic() + PENALTY;
  }

  #fail(flag: Flag, detail: string): void {
    this.#settle();
    this.#listener.failed(flag, detail);
  }

  #settle(): void {
    this.#over = true;
    this.#release();
  }

  /** Ends the current attempt's claim on its endpoint. */
  #release(): void {
    this.forgetTimeout();
    if (!this.#claims) return;
    this.#claims = false;
    (this.#endpoint as EndpointState).active -= 1;
  }
}

const FLAG_OF: Readonly<Record<OutboundFault, Flag>> = {
  connect: "UF",
  overflow: "UO",
  reset: "UC",
  protocol: "UPE",
  request: "IE",
};
