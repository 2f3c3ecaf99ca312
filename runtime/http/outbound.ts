import type { Socket } from "node:net";
import type { BodySource } from "./exchange.ts";
import type { FieldList } from "./fields.ts";

export interface OutboundRequest {
  readonly method: string;
  readonly authority: string;
  /** Path with its query. */
  readonly target: string;
  /** Without hop-by-hop fields, framing and `host`. */
  readonly fields: FieldList;
  /** Length of the body where it is known. */
  readonly contentLength: number | undefined;
  /**
   * Asks for a tunnel. The response may have the status 101 then, and no request without this may get one: `head` reports
   * it, the request's body is opened and both bodies are the bytes of the tunnel.
   */
  readonly upgrade: "websocket" | undefined;
}

export type OutboundFault =
  /** No connection: nothing was sent. */
  | "connect"
  /** The connection broke. */
  | "reset"
  /** The endpoint answered something that is not HTTP as declared. */
  | "protocol"
  /** As many connections and waiting requests as are allowed: nothing was sent. */
  | "overflow"
  /** The request cannot go out, or its body broke off; no fault of the endpoint. */
  | "request";

export interface OutboundFailure {
  readonly fault: OutboundFault;
  /** For the log; names no secrets. */
  readonly detail: string;
  /** False when the endpoint surely never saw a byte of this request. */
  readonly sent: boolean;
}

/** Hears one response. After `end` or `failed` nothing more comes. */
export interface OutboundListener {
  /** The request is about to be written to this connection. */
  started(socket: Socket): void;
  informational(status: number, fields: FieldList): void;
  /** Hop-by-hop fields are gone; `content-length` is what the endpoint said. */
  head(status: number, fields: FieldList): void;
  /** False asks for a pause until `OutboundCall.resume`. The bytes are valid during the call only. */
  data(chunk: Uint8Array): boolean;
  /** Asked before the head is reported and after it: whether a small piece of a body that came with it may come by `text`. Not there: no. */
  readonly takesTexts?: boolean;
  /** `data` with a character per byte: head and piece were decoded at once. */
  text?(piece: string): boolean;
  /** Asked once the head was reported: whether a chunked body may come by `frame`. */
  readonly takesFrames: boolean;
  /** `BodySink.frame`. */
  frame(bytes: Uint8Array, dataBytes: number): boolean;
  end(trailers: FieldList | undefined): void;
  failed(failure: OutboundFailure): void;
}

export interface OutboundCall {
  resume(): void;
  /** Gives the call up and closes its connection; the listener hears nothing more. */
  abort(): void;
}

/** Sends requests to one endpoint and keeps its connections. */
export interface Outbound {
  send(request: OutboundRequest, body: (() => BodySource) | undefined, listener: OutboundListener): OutboundCall;
  /** Waits for calls that run, then closes. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

export interface OutboundLimits {
  /** Milliseconds; over TLS with the handshake. */
  readonly connectTimeout: number;
  readonly keepAliveTimeout: number;
  /** Bytes of a response's head. */
  readonly headerBytes: number;
  readonly interimResponses: number;
  /** To one endpoint from one thread; HTTP/1.1 only. */
  readonly connections: number;
  /** Requests that wait for a connection; HTTP/1.1 only. */
  readonly waiting: number;
}

export const OUTBOUND_LIMITS: OutboundLimits = {
  connectTimeout: 5_000,
  keepAliveTimeout: 30_000,
  headerBytes: 65_536,
  interimResponses: 10,
  connections: 1_024,
  waiting: 1_024,
};

export interface OutboundEndpoint {
  readonly address: string;
  readonly port: number;
  /** HTTP/1.1 unless it says otherwise; `h2c` is HTTP/2, over TLS as well. */
  readonly protocol?: "http1" | "h2c";
  /** Clear text without it. */
  readonly tls?: OutboundTls | undefined;
}

/** TLS 1.2 or 1.3 to an endpoint whose certificate is verified. */
export interface OutboundTls {
  /** Certificates in PEM that sign others; `system` stands for those of the machine. */
  readonly trusted: "system" | readonly string[];
  /** The host that the endpoint is asked for (SNI). */
  readonly serverName: string;
  /** The endpoint's certificate must be for one of these; a Hostname may be `*.suffix`. */
  readonly names: readonly { readonly type: "Hostname" | "URI"; readonly value: string }[];
}

export type Connect = (endpoint: OutboundEndpoint, limits?: Partial<OutboundLimits>) => Outbound;
