import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { connectionOf } from "../connection-info.ts";
import { type ConnectionInfo, type Departure, Exchange } from "../exchange.ts";
import type { InboundHandlers } from "../inbound.ts";
import { END_STREAM, ERROR_CODES } from "./frame-codes.ts";
import { createH2Downstream, type H2Downstream } from "./h2-downstream.ts";
import type { H2Limits } from "./h2-limits.ts";
import { readRequestHead } from "./request-head.ts";
import { type BudgetBreach, createSessionBudget, type SessionBudget } from "./session-budget.ts";
import { createStreamBody } from "./stream-body.ts";

/** What a header block may take on the wire: names and values uncompressed, and the frame's head. */
const HEADER_FRAME = 64;
/** Of a body that may still be on its way when its stream is closed: the stream's window. */
const WINDOW = 65_535;
/** What node:http2 says when nghttp2 ends a session, and what our log says. Other errors are the socket's, or our own. */
const FAILURES = new Map([
  ["ERR_HTTP2_ERROR", "h2_protocol"],
  ["ERR_HTTP2_TOO_MANY_INVALID_FRAMES", "h2_invalid_frames"],
]);

/** A request that runs, for the timeouts. Monotonic milliseconds. */
interface Running {
  readonly exchange: Exchange;
  readonly downstream: H2Downstream;
  readonly hasBody: boolean;
  /** When the last piece of its body came. */
  received: number;
  bodyEnded: boolean;
  /** Since when the client has been reading nothing; 0 when it is not the one that waits. */
  blocked: number;
}

export interface H2SessionOptions {
  readonly session: ServerHttp2Session;
  readonly socket: Socket;
  readonly scheme: "http" | "https";
  readonly handlers: InboundHandlers;
  readonly limits: H2Limits;
  readonly left: (session: H2Session) => void;
}

/** One HTTP/2 connection of a client: its streams become exchanges, its other frames are held to a budget. */
export class H2Session {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #scheme: "http" | "https";
  readonly #handlers: InboundHandlers;
  readonly #limits: H2Limits;
  readonly #info: ConnectionInfo;
  readonly #budget: SessionBudget;
  readonly #running = new Set<Running>();
  readonly #opened = performance.now();
  #began = false;
  /** The stream that opens next, as every client counts: what is passed over was reset by nghttp2 before it was shown to us. */
  #next = 1;
  #bytes = 0;
  /** When the last request ended. */
  #quiet = performance.now();

  constructor({ session, socket, scheme, handlers, limits, left }: H2SessionOptions) {
    this.#session = session;
    this.#socket = socket;
    this.#scheme = scheme;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#info = connectionOf(socket, "HTTP/2");
    this.#budget = createSessionBudget(() => performance.now());
    // An error ends the session, which says so by `close`; without listeners it would end the process.
    socket.on("error", ignore);
    // The listener allows half-open connections, for HTTP/1.1. Here no frame can come any more, not even for windows.
    socket.once("end", () => this.cut());
    session.on("error", (error) => this.#failed(error)).on("frameError", ignore);
    session.on("ping", () => this.#judge(this.#budget.ping()));
    session.on("remoteSettings", () => this.#judge(this.#budget.settings()));
    session.on("stream", (stream, _headers, flags, raw) => this.#accept(stream, flags, raw as string[]));
    session.once("close", () => left(this));
  }

  drain(): void {
    if (!this.#session.destroyed) this.#session.close();
  }

  cut(): void {
    this.#end(ERROR_CODES.NO_ERROR);
    this.#socket.destroy();
  }

  /** Looks at everything that has a time or a size limit. Called about once a second. */
  sweep(): void {
    if (this.#session.destroyed) return;
    const now = performance.now();
    for (const running of this.#running) this.#watch(running, now);
    this.#look(this.#socket.bytesRead);
    if (this.#session.destroyed) return;
    const { headersTimeout, idleTimeout } = this.#limits;
    if (!this.#began && headersTimeout > 0 && now - this.#opened > headersTimeout) {
      this.#report(408, "h2_first_request_timeout", "", "");
      this.cut();
    } else if (this.#running.size === 0 && idleTimeout > 0 && now - this.#quiet > idleTimeout) {
      this.#end(ERROR_CODES.NO_ERROR);
    }
  }

  #accept(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    const since = performance.now();
    this.#began = true;
    this.#opens(stream.id ?? this.#next);
    this.#next += 2;
    this.#budget.opened();
    this.#budget.allow(raw.reduce((sum, part) => sum + part.length, HEADER_FRAME));
    stream.on("error", ignore);
    // The client was quicker to reset it than we to hear of it.
    if (stream.destroyed || stream.closed) {
      this.#judge(this.#budget.reset(0));
      return;
    }
    if (this.#running.size >= this.#limits.streams) {
      stream.close(ERROR_CODES.REFUSED_STREAM);
      return;
    }
    const hasBody = (flags & END_STREAM) === 0;
    const head = readRequestHead(raw, { hasBody, maxFields: this.#limits.headerCount });
    const running = head.ok ? this.#begin(stream, head, hasBody) : undefined;
    if (!head.ok) this.#refuse(stream, head, raw, hasBody);
    stream.once("close", () => this.#closed(stream, running, since));
    if (running !== undefined) this.#handlers.exchange(running.exchange);
  }

  #failed(error: NodeJS.ErrnoException): void {
    const detail = FAILURES.get(error.code ?? "");
    if (detail !== undefined) this.#report(400, detail, "", "");
  }

  /** Heads that nghttp2 reset and no good one followed: only the session's state tells of them, and only while it lives. */
  #look(bytes: number): void {
    this.#judge(this.#budget.read(bytes));
    if (bytes === this.#bytes || this.#session.destroyed) return;
    this.#bytes = bytes;
    const last = this.#session.state.lastProcStreamID ?? 0;
    if (last >= this.#next) this.#opens(last + 2);
  }

  /** One line, however many were reset since the last one. */
  #opens(stream: number): void {
    if (stream > this.#next) this.#report(400, "h2_reset_head", "", "");
    this.#next = stream;
  }

  #begin(
    stream: ServerHttp2Stream,
    head: Extract<ReturnType<typeof readRequestHead>, { ok: true }>,
    hasBody: boolean,
  ): Running {
    const body = createStreamBody(stream, (bytes) => {
      running.received = performance.now();
      this.#budget.received(bytes);
    });
    const downstream = createH2Downstream({
      ...{ stream, body, hasBody },
      expectsContinue: head.expectsContinue && hasBody,
      sent: (bytes) => this.#budget.sent(bytes),
    });
    const { method, authority, target, fields } = head;
    const request = {
      ...{ method, scheme: this.#scheme, authority, target, path: "", query: undefined, fields, hasBody },
      upgrade: undefined,
    };
    const exchange = new Exchange(request, this.#info, downstream);
    const received = performance.now();
    const running: Running = { exchange, downstream, hasBody, received, bodyEnded: !hasBody, blocked: 0 };
    this.#running.add(running);
    stream.once("end", () => {
      running.bodyEnded = true;
    });
    stream.on("drain", () => {
      running.blocked = 0;
      exchange.drained();
    });
    stream.once("aborted", () => exchange.closed(departureOf(stream)));
    return running;
  }

  #closed(stream: ServerHttp2Stream, running: Running | undefined, since: number): void {
    this.#quiet = performance.now();
    if (running?.bodyEnded === false) this.#budget.allow(WINDOW);
    const { exchange, downstream } = running ?? {};
    exchange?.closed(downstream?.complete ? undefined : departureOf(stream));
    if (running !== undefined) this.#running.delete(running);
    const ours = downstream?.givenUp === true || stream.rstCode === ERROR_CODES.NO_ERROR;
    if (!ours) this.#judge(this.#budget.reset(performance.now() - since));
  }

  /** Cuts a request that does not come, and a response that is not read. */
  #watch(running: Running, now: number): void {
    const { exchange, downstream } = running;
    const { requestTimeout, stallTimeout } = this.#limits;
    if (!downstream.blocked) running.blocked = 0;
    else if (running.blocked === 0) running.blocked = now;
    else if (stallTimeout > 0 && now - running.blocked > stallTimeout) this.#cutOff(running, "stalled");
    const silent = !running.bodyEnded && exchange.state === "open" && !downstream.blocked;
    if (silent && requestTimeout > 0 && now - running.received > requestTimeout) this.#cutOff(running, "slow");
  }

  #cutOff({ exchange, downstream }: Running, departure: Departure): void {
    exchange.closed(departure);
    downstream.abort();
  }

  #refuse(
    stream: ServerHttp2Stream,
    { status, detail }: { status: number; detail: string },
    raw: readonly string[],
    hasBody: boolean,
  ): void {
    const body = JSON.stringify({ error: "request refused", code: status });
    const head = [":status", String(status), "content-type", "application/json", "content-length", String(body.length)];
    stream.respond(head);
    stream.end(body);
    if (hasBody) stream.once("finish", () => stream.close(ERROR_CODES.NO_ERROR));
    this.#report(status, detail, pseudoOf(raw, ":method"), pseudoOf(raw, ":path"));
  }

  #judge(breach: BudgetBreach | undefined): void {
    if (breach === undefined || this.#session.destroyed) return;
    this.#report(429, breach, "", "");
    this.#end(ERROR_CODES.ENHANCE_YOUR_CALM);
  }

  /** GOAWAY, and the connection is closed. */
  #end(code: number): void {
    if (this.#session.destroyed) return;
    // Without an error node:http2 takes the code for no error.
    if (code === ERROR_CODES.NO_ERROR) this.#session.destroy();
    else this.#session.destroy(new Error("session ended"), code);
  }

  #report(status: number, detail: string, method: string, target: string): void {
    this.#handlers.refused({ status, detail, connection: this.#info, method, target });
  }
}

function departureOf(stream: ServerHttp2Stream): Departure {
  return stream.rstCode === ERROR_CODES.PROTOCOL_ERROR ? "malformed" : "disconnected";
}

function pseudoOf(raw: readonly string[], name: string): string {
  const at = raw.indexOf(name);
  return at < 0 ? "" : (raw[at + 1] ?? "");
}

function ignore(): void {}
