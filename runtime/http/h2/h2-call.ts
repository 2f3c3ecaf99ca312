import type { ClientHttp2Stream } from "node:http2";
import type { BodySource } from "../exchange.ts";
import type { FieldList } from "../fields.ts";
import type { OutboundCall, OutboundFault, OutboundLimits, OutboundListener, OutboundRequest } from "../outbound.ts";
import { breakOff } from "./break-off.ts";
import { END_STREAM, ERROR_CODES } from "./frame-codes.ts";
import type { H2Peer } from "./h2-peer.ts";
import { fieldObject, legalTrailers, mayGoOut } from "./legal-fields.ts";
import { readResponseHead } from "./response-head.ts";

/** Resets that say that one side broke the protocol, not that the connection broke. */
const PROTOCOL_RESETS: ReadonlySet<number> = new Set([
  ERROR_CODES.PROTOCOL_ERROR,
  ERROR_CODES.FLOW_CONTROL_ERROR,
  ERROR_CODES.FRAME_SIZE_ERROR,
  ERROR_CODES.COMPRESSION_ERROR,
]);

/** Fields that do not pass from the client: we write them, or they are between it and us. */
const OURS: ReadonlySet<string> = new Set(["host", "content-length", "expect"]);

interface H2CallOptions {
  readonly request: OutboundRequest;
  readonly body: (() => BodySource) | undefined;
  readonly listener: OutboundListener;
  readonly limits: OutboundLimits;
  readonly scheme: "http" | "https";
  /** Words for the code of an error that kept a connection from coming about. */
  readonly faultOf: (code: string) => string;
  /** Undefined when the endpoint takes no request at all. */
  readonly acquire: () => H2Peer | undefined;
}

/**
 * One request on its stream. It moves to another connection, once, when the endpoint surely did not process it (GOAWAY,
 * REFUSED_STREAM) and nothing of its body was taken.
 */
export class H2Call implements OutboundCall {
  readonly #options: H2CallOptions;
  #stream: ClientHttp2Stream | undefined = undefined;
  #peer: H2Peer | undefined = undefined;
  /** Why the stream broke, where the session did. */
  #error: (Error & { code?: string }) | undefined = undefined;
  #over = false;
  #bodyTaken = false;
  #moved = false;
  #answered = false;
  #interim = 0;
  /** Bytes of the body that the response announced and that have not come yet. */
  #missing: number | undefined = undefined;
  #trailers: FieldList | undefined = undefined;

  constructor(options: H2CallOptions) {
    this.#options = options;
    this.#attempt();
  }

  resume(): void {
    this.#stream?.resume();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#drop();
  }

  /** A request that the endpoint has in full is cancelled; one that it has in part must not look complete. */
  #drop(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (stream.writableFinished) stream.close(ERROR_CODES.CANCEL);
    else breakOff(stream);
  }

  #attempt(): void {
    const { request, body, scheme, acquire } = this.#options;
    const peer = acquire();
    if (peer === undefined) {
      process.nextTick(() => this.#fail("overflow", "the endpoint allows no streams", false));
      return;
    }
    const head = headOf(request, scheme);
    if (!mayGoOut(head)) {
      process.nextTick(() => this.#fail("request", "a part of the request must not go out", false));
      return;
    }
    let stream: ClientHttp2Stream;
    try {
      const streaming = body !== undefined;
      stream = peer.session.request(head, { endStream: !streaming, waitForTrailers: streaming });
    } catch (error) {
      // Later, as all other failures: the caller does not have the call yet.
      process.nextTick(() => this.#fail("protocol", (error as Error).message, false));
      return;
    }
    this.#stream = stream;
    this.#peer = peer;
    peer.acquired();
    this.#listen(stream, peer);
  }

  #listen(stream: ClientHttp2Stream, peer: H2Peer): void {
    // On a connection that is there a stream is ready at once; the caller does not have the call yet.
    if (stream.pending) stream.once("ready", () => this.#ready(stream, peer));
    else process.nextTick(() => this.#ready(stream, peer));
    stream.on("headers", (_headers, _flags, raw) => this.#informational(raw as string[]));
    stream.once("response", (_headers, flags, raw) => this.#head(stream, raw as string[], flags));
    stream.on("trailers", (_headers, _flags, raw) => {
      this.#trailers = legalTrailers(raw as string[]);
    });
    stream.once("end", () => this.#ended(stream));
    stream.on("error", (error) => {
      this.#error = error;
    });
    stream.once("close", () => {
      peer.released();
      this.#closed(stream, peer);
    });
  }

  #ready(stream: ClientHttp2Stream, { session }: H2Peer): void {
    const { body, listener } = this.#options;
    if (this.#over || stream.destroyed) return;
    listener.started(session.socket);
    if (body === undefined) return;
    this.#bodyTaken = true;
    const source = body();
    let trailers: FieldList | undefined;
    stream.on("drain", () => source.resume());
    stream.once("wantTrailers", () => {
      if (!stream.destroyed) stream.sendTrailers(fieldObject(trailers));
    });
    source.flow({
      write: (chunk) => {
        this.#peer?.moved(chunk.length);
        return stream.destroyed || stream.writableEnded || stream.write(Buffer.from(chunk));
      },
      end(given) {
        trailers = given;
        if (!stream.destroyed) stream.end();
      },
      fail: () => breakOff(stream),
    });
  }

  #informational(raw: readonly string[]): void {
    if (this.#over) return;
    const { listener, limits } = this.#options;
    const head = readResponseHead(raw);
    this.#interim += 1;
    if (!head.ok) this.#violated(head.detail);
    else if (this.#interim > limits.interimResponses) this.#violated("too many interim responses");
    // 100 is between the endpoint and us: the body is on its way.
    else if (head.status !== 100) listener.informational(head.status, head.fields);
  }

  #head(stream: ClientHttp2Stream, raw: readonly string[], flags: number): void {
    if (this.#over) return;
    const { request, listener } = this.#options;
    const head = readResponseHead(raw);
    if (!head.ok || head.status < 200) {
      this.#violated(head.ok ? "interim response without an end" : head.detail);
      return;
    }
    const { status, fields } = head;
    const bodiless = request.method === "HEAD" || status === 204 || status === 304;
    if (status === 204) fields.remove("content-length");
    // A response that ends with its head says so to the client likewise: trailers-only in gRPC's terms.
    if ((flags & END_STREAM) !== 0 && !bodiless) fields.set("content-length", "0");
    const length = fields.get("content-length");
    if (!bodiless && length !== undefined) this.#missing = Number(length);
    if (!bodiless && (flags & END_STREAM) === 0 && head.announcesTrailers) fields.remove("content-length");
    this.#answered = true;
    stream.on("data", (chunk: Buffer) => this.#data(stream, chunk));
    listener.head(status, fields);
  }

  #data(stream: ClientHttp2Stream, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#missing !== undefined) this.#missing -= chunk.length;
    this.#peer?.moved(chunk.length);
    if (!this.#options.listener.data(chunk)) stream.pause();
  }

  /** The stream ends also when it was cut off; only one that was not reset is complete. */
  #ended(stream: ClientHttp2Stream): void {
    if (this.#over || !this.#answered || stream.rstCode !== ERROR_CODES.NO_ERROR) return;
    if (this.#missing !== undefined && this.#missing !== 0) {
      this.#violated("content-length differs from the body");
      return;
    }
    this.#over = true;
    // The rest of a body that the endpoint did not wait for.
    if (!stream.writableFinished) breakOff(stream);
    this.#options.listener.end(this.#trailers);
  }

  #closed(stream: ClientHttp2Stream, peer: H2Peer): void {
    if (this.#over) return;
    const unsent = stream.id === undefined;
    const refused = stream.rstCode === ERROR_CODES.REFUSED_STREAM || peer.disowned(stream.id ?? 0);
    const untouched = (unsent || refused) && !this.#bodyTaken && !this.#answered;
    if (untouched && peer.connected && !this.#moved) {
      this.#moved = true;
      this.#attempt();
      return;
    }
    const error = peer.error ?? causeOf(this.#error) ?? this.#error;
    const detail = error?.message ?? `stream closed with code ${stream.rstCode}`;
    if (unsent && !peer.connected) this.#failToConnect(error?.code, detail);
    else this.#fail(untouched && refused ? "overflow" : faultOf(stream, this.#error ?? peer.error), detail, !untouched);
  }

  #failToConnect(code: string | undefined, detail: string): void {
    this.#fail("connect", `${this.#options.faultOf(code ?? "ECONNRESET")}: ${detail}`, false);
  }

  #violated(detail: string): void {
    this.#drop();
    this.#fail("protocol", detail, true);
  }

  #fail(fault: OutboundFault, detail: string, sent: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.listener.failed({ fault, detail, sent });
  }
}

function headOf({ method, authority, target, fields, contentLength }: OutboundRequest, scheme: string): string[] {
  const head = [":method", method, ":scheme", scheme, ":authority", authority, ":path", target];
  const { raw } = fields;
  for (let i = 0; i < raw.length; i += 2) {
    if (OURS.has(raw[i] as string)) continue;
    head.push(raw[i] as string, raw[i + 1] as string);
  }
  if (contentLength !== undefined) head.push("content-length", String(contentLength));
  // The one value that HTTP/2 allows; we take trailers from the endpoint whatever the client takes from us.
  head.push("te", "trailers");
  return head;
}

/** A session that never came about cancels its streams before it says why itself. */
function causeOf(error: Error | undefined): (Error & { code?: string }) | undefined {
  return error?.cause instanceof Error ? error.cause : undefined;
}

/** node:http2 reports what is not HTTP/2 at all as an error of the session. */
function faultOf(stream: ClientHttp2Stream, error: { code?: string } | undefined): OutboundFault {
  if (PROTOCOL_RESETS.has(stream.rstCode)) return "protocol";
  return error?.code === "ERR_HTTP2_ERROR" ? "protocol" : "reset";
}
