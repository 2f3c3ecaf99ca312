import { Attributes, type AttributeValue } from "./attributes.ts";
import { type FieldList, fieldList } from "./fields.ts";
import type { CertificateFacts } from "./tls/certificate-facts.ts";

/** Takes the bytes of a body. */
export interface BodySink {
  /** False asks the source to wait until it is resumed. */
  write(chunk: Uint8Array): boolean;
  /** The body is complete. */
  end(trailers: FieldList | undefined): void;
  /** The body will never be complete. */
  fail(reason: string): void;
  /**
   * Taken in place of `write` where it is there and the body comes chunked: a stretch of the body as it came, framing
   * included (RFC 9112 7.1), checked, without extensions and without the last chunk. A body comes by one of the two.
   * @param dataBytes how many of the bytes are data
   */
  frame?: ((bytes: Uint8Array, dataBytes: number) => boolean) | undefined;
}

/** Gives the bytes of a body, to one sink. */
export interface BodySource {
  /** Starts the flow. What came before is kept by the transport, within its own limits. */
  flow(sink: BodySink): void;
  /** The sink that said false has room again. */
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
}

/** What a transport does for one exchange. `Exchange` calls each in a legal order only. */
export interface Downstream {
  readonly body: BodySource;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** Whether trailers would reach the client (RFC 9110 6.5.1: it said `te: trailers`, or the protocol always takes them). */
  readonly takesTrailers: boolean;
  informational(status: number, fields: FieldList | undefined): void;
  head(status: number, fields: FieldList, hasBody: boolean): void;
  /** False asks the writer to wait for `ExchangeListener.drained`. */
  write(chunk: Uint8Array): boolean;
  /** `write` with a character per byte; not there where the protocol has no use for it. */
  writeText?(piece: string): boolean;
  end(trailers: FieldList | undefined): void;
  /** Whether the response that has begun goes out chunked, so that `frame` may take the place of `write`. */
  readonly takesFrames: boolean;
  /** `BodySink.frame`. */
  frame(bytes: Uint8Array): boolean;
  /** Makes sure that the client notices that the response is not complete. */
  abort(): void;
  /** The connection must not carry another request after this response. */
  closeAfter?(): void;
}

/** Why an exchange was cut short at the client's side. */
export type Departure =
  /** The client closed or reset the connection. */
  | "disconnected"
  /** The body of its request broke the protocol; the transport has answered 400 where it still could. */
  | "malformed"
  /** It took too long to send its request; the transport has answered 408 where it still could. */
  | "slow"
  /** It read nothing for too long. */
  | "stalled";

/** Hears how the exchange goes on at the client's side. */
export interface ExchangeListener {
  drained(): void;
  /** @param detail a short reason, for the log and the metric of refusals */
  gone(departure: Departure, detail: string): void;
  /** The last thing it hears, once, however the exchange ended. */
  ended(): void;
}

export interface RequestHead {
  method: string;
  scheme: "http" | "https";
  /** As the client named it in the target, the Host field or `:authority`, until the router has made it canonical. */
  authority: string;
  /** The request target as it came. */
  readonly target: string;
  /** Canonical path without the query; empty until the router has read the target. */
  path: string;
  /** Raw query without `?`. */
  query: string | undefined;
  readonly fields: FieldList;
  /** Whether the framing announces a body. */
  readonly hasBody: boolean;
  /**
   * `websocket` where the client asks for that protocol (RFC 9110 7.8). Once the response's status is 101 the bodies of
   * both directions are the bytes of the tunnel: the request's flows like any other, the response's is written and ended.
   */
  readonly upgrade: "websocket" | undefined;
}

export interface ConnectionInfo {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly protocol: string;
  /** The host that the client named in the handshake of TLS (SNI), in lower case. */
  readonly serverName?: string | undefined;
  /** `TLSv1.3` or `TLSv1.2`; undefined without TLS. */
  readonly tlsVersion?: string | undefined;
  /** What the certificate says that this side has shown; undefined without TLS. */
  readonly ownCertificate?: (() => CertificateFacts | undefined) | undefined;
  /** For whoever serves the connection's exchanges: what it knows about the connection already. */
  memo?: unknown;
}

/** A connection to an endpoint. */
export interface UpstreamConnection {
  readonly localAddress: string;
  readonly localPort: number;
  /** `TLSv1.3` or `TLSv1.2`; undefined without TLS. */
  readonly tlsVersion: string | undefined;
  /** What the endpoint's certificate says. */
  readonly peer: CertificateFacts | undefined;
}

export interface ResponseHead {
  /** 0 until there is a response. */
  status: number;
  /** May be replaced by those of a backend's response. */
  fields: FieldList;
  /** Whether a body follows, as far as is known when filters see the head. */
  hasBody: boolean;
}

/** A response that a filter gave in place of the backend. */
export interface LocalAnswer {
  status: number;
  headers: [name: string, value: string][];
  body: Uint8Array;
  detail: string;
  /** Nothing is to be said at all. */
  close?: boolean;
}

/**
 * `open`: the response has not begun. `streaming`: its head was sent. `ended`: complete. `aborted`: it will never be
 * complete, because of the client (`gone`) or because of us.
 */
export type ExchangeState = "open" | "streaming" | "ended" | "aborted";

/** Where the exchange goes. */
export interface Routing {
  /** `namespace/name/rule`; empty until a rule has matched. */
  route: string;
  /** Clusters of every backend that the rule may use. */
  backends: readonly string[];
  /** What a filter chose; always one of `backends`. */
  chosen: string | undefined;
  hashKey: string | undefined;
  /** A filter has changed what the request was routed by. */
  again: boolean;
}

/** How an exchange has fared so far, beyond what its messages say. */
export interface ExchangeFacts {
  /** Milliseconds since the epoch when the head of the request had come. */
  readonly began: number;
  /** Milliseconds that it took; undefined until it has ended. */
  readonly duration: number | undefined;
  /** Envoy's response flags and our own, joined by commas. */
  readonly flags: string;
  /** Why it went so, in words; empty where there is nothing to say. */
  readonly detail: string;
  readonly listener: string;
  /** `namespace/name:port`; undefined until one was chosen. */
  readonly cluster: string | undefined;
  /** Of that cluster. */
  readonly endpoints: number | undefined;
  /** The endpoint that was tried last. */
  readonly upstream:
    | {
        readonly address: string;
        readonly port: number;
        readonly attempts: number;
        /** Milliseconds to the head of its response; 0 before. */
        readonly latency: number;
        /** Undefined before there is one, and when it is gone. */
        readonly connection: () => UpstreamConnection | undefined;
      }
    | undefined;
}

const NONE: readonly string[] = [];

let lastId = 0;

/**
 * One request and its response, whatever protocol carries it. Listener, filters, router and log speak to this and to
 * nothing below it. It has the shape of `runtime/wasm`'s GuestExchange.
 */
export class Exchange {
  /** Unique among the exchanges alive in this process; a 32-bit unsigned integer. */
  readonly id: number;
  readonly request: RequestHead;
  readonly response: ResponseHead = new EmptyHead();
  readonly connection: ConnectionInfo;
  readonly routing: Routing = { route: "", backends: NONE, chosen: undefined, hashKey: undefined, again: false };
  localResponse: LocalAnswer | undefined = undefined;
  /** For the host of the filters: what they have used up of their budgets. */
  usage: unknown = undefined;
  /** What filters have set of its span in a trace. */
  span: Map<string, AttributeValue> | undefined = undefined;

  /** For filters that want to know; undefined where none runs. */
  standing: { readonly facts: ExchangeFacts } | undefined = undefined;

  state: ExchangeState = "open";
  /** Bytes of the bodies. */
  received = 0;
  sent = 0;
  listener: ExchangeListener | undefined = undefined;
  readonly #downstream: Downstream;
  /** Its own: the transport may serve another exchange by the same `Downstream` later. */
  readonly #body: BodySource;
  #attributes: Attributes | undefined = undefined;
  #continued = false;

  constructor(request: RequestHead, connection: ConnectionInfo, downstream: Downstream) {
    lastId = (lastId + 1) >>> 0;
    this.id = lastId;
    this.request = request;
    this.connection = connection;
    this.#downstream = downstream;
    this.#body = downstream.body;
  }

  get takesTrailers(): boolean {
    return this.#downstream.takesTrailers;
  }

  /** What filters left for each other and for the log. */
  get attributes(): Attributes {
    this.#attributes ??= new Attributes();
    return this.#attributes;
  }

  get hasAttributes(): boolean {
    return this.#attributes !== undefined && this.#attributes.size > 0;
  }

  /** Lets the body of the request flow; a client that waits for `100 Continue` gets it now. */
  readBody(sink: BodySink): void {
    this.invite();
    this.#body.flow(new CountingSink(this, sink));
  }

  resumeBody(): void {
    this.#body.resume();
  }

  /** Drops what is left of the request's body. */
  discardBody(): void {
    this.#body.cancel();
  }

  /** Asks a client that waits for it to send its body. */
  invite(): void {
    if (!this.#downstream.expectsContinue || this.#continued || this.state !== "open") return;
    this.#continued = true;
    this.#downstream.informational(100, undefined);
  }

  /** Forwards an interim response. */
  informational(status: number, fields: FieldList): void {
    if (this.state === "open") this.#downstream.informational(status, fields);
  }

  /** Sends status and fields as they stand in `response`. */
  begin(hasBody: boolean): void {
    if (this.state !== "open") return;
    this.state = "streaming";
    this.#downstream.head(this.response.status, this.response.fields, hasBody);
  }

  /** False asks the writer to wait for `drained`. */
  write(chunk: Uint8Array): boolean {
    if (this.state !== "streaming") return true;
    this.sent += chunk.length;
    return this.#downstream.write(chunk);
  }

  get takesTexts(): boolean {
    return this.#downstream.writeText !== undefined;
  }

  /** `write` with a character per byte, where `takesTexts`. */
  writeText(piece: string): boolean {
    if (this.state !== "streaming") return true;
    this.sent += piece.length;
    return this.#downstream.writeText?.(piece) ?? true;
  }

  get takesFrames(): boolean {
    return this.#downstream.takesFrames;
  }

  /** `BodySink.frame`, where `takesFrames`. */
  frame(bytes: Uint8Array, dataBytes: number): boolean {
    if (this.state !== "streaming") return true;
    this.sent += dataBytes;
    return this.#downstream.frame(bytes);
  }

  end(trailers: FieldList | undefined): void {
    if (this.state !== "streaming") return;
    this.#downstream.end(trailers);
  }

  /** What came on the connection cannot be trusted: the response closes it. */
  closeAfter(): void {
    this.#downstream.closeAfter?.();
  }

  /** Gives the response up; the client sees that it is incomplete. */
  abort(): void {
    if (this.state === "ended" || this.state === "aborted") return;
    this.#close("aborted");
    this.#downstream.abort();
  }

  /** For the transport: there is room to write again. */
  drained(): void {
    if (this.state === "streaming") this.listener?.drained();
  }

  /** For the transport: the last byte was handed to the socket, or the client has gone. */
  closed(departure?: Departure, detail: string = departure ?? ""): void {
    if (this.state === "ended" || this.state === "aborted") return;
    if (departure !== undefined) this.listener?.gone(departure, detail);
    this.#close(departure === undefined ? "ended" : "aborted");
  }

  #close(state: "ended" | "aborted"): void {
    this.state = state;
    const { listener } = this;
    this.listener = undefined;
    listener?.ended();
  }
}

/** A head without a list of fields until somebody asks for one: a backend's takes its place. */
class EmptyHead implements ResponseHead {
  status = 0;
  hasBody = false;
  #fields: FieldList | undefined = undefined;

  get fields(): FieldList {
    this.#fields ??= fieldList();
    return this.#fields;
  }

  set fields(fields: FieldList) {
    this.#fields = fields;
  }
}

/** Counts a request's body on its way. */
class CountingSink implements BodySink {
  readonly #exchange: Exchange;
  readonly #sink: BodySink;
  readonly frame: BodySink["frame"];

  constructor(exchange: Exchange, sink: BodySink) {
    this.#exchange = exchange;
    this.#sink = sink;
    this.frame = sink.frame === undefined ? undefined : this.#frame;
  }

  write(chunk: Uint8Array): boolean {
    this.#exchange.received += chunk.length;
    return this.#sink.write(chunk);
  }

  end(trailers: FieldList | undefined): void {
    this.#sink.end(trailers);
  }

  fail(reason: string): void {
    this.#sink.fail(reason);
  }

  #frame(bytes: Uint8Array, dataBytes: number): boolean {
    this.#exchange.received += dataBytes;
    return this.#sink.frame?.(bytes, dataBytes) ?? true;
  }
}
