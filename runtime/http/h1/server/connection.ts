import type { Socket } from "node:net";
import { connectionOf } from "../../connection-info.ts";
import { type ConnectionInfo, type Departure, Exchange } from "../../exchange.ts";
import { HeadTable } from "../head/head-table.ts";
import { methodOf, parseRequestHead, targetOf } from "../head/parse-request-head.ts";
import { EXPECT_CONTINUE, FRAMING_CHUNKED, KEEP_ALIVE, VERSION } from "../head/tokenizer/layout.ts";
import { readSocket, releaseSocket, resetSocket, type SocketReader, unsentBytes } from "./accepted-socket.ts";
import type { FrontContext } from "./h1-front.ts";
import { type Handshake, readHandshake } from "./handshake.ts";
import { PartialHead } from "./partial-head.ts";
import { Patience } from "./patience.ts";
import { readPreface } from "./preface.ts";
import { refusalText } from "./refusal.ts";
import { type BodyConnection, NO_BODY, RequestBody } from "./request-body.ts";
import { requestOf, takesTrailers } from "./request-of.ts";
import { type ResponseOwner, ResponseWriter } from "./response-writer.ts";

/** What the next byte of the client belongs to. */
const HEAD = 0;
const BODY = 1;
/** The request is complete and its response is not: what comes now waits. */
const WAIT = 2;
/** Nothing is read any more; what comes is dropped until the client has closed too. */
const LEAVE = 3;
const CLOSED = 4;

/** How long a client may go on sending what nobody reads before its connection is closed, in milliseconds. */
const LINGER = 1_000;
/** And how many bytes of it. */
const LINGER_BYTES = 1_048_576;
/** A client that has closed its side is taken to have left when no response has begun for so long, in milliseconds. */
const HALF_CLOSE_GRACE = 1_000;
/** In milliseconds. */
const TUNNEL_IDLE = 3_600_000;

/** One HTTP/1.1 connection of a client: requests in order, one response at a time (RFC 9112). */
export class H1Connection extends Patience implements SocketReader, BodyConnection, ResponseOwner {
  readonly #socket: Socket;
  readonly #front: FrontContext;
  readonly #scheme: "http" | "https";
  readonly #writer: ResponseWriter;
  #info: ConnectionInfo | undefined = undefined;
  /** The same for a client that speaks HTTP/1.0. */
  #oldInfo: ConnectionInfo | undefined = undefined;
  #phase = HEAD;
  #exchange: Exchange | undefined = undefined;
  #table: HeadTable | undefined = undefined;
  #body: RequestBody | undefined = undefined;
  #partial: PartialHead | undefined = undefined;
  /** Bytes that came too early. While there are any nothing is read. */
  #rest: Buffer | undefined = undefined;
  /** The piece that is being read. */
  #bytes: Buffer | undefined = undefined;
  #at = 0;
  #end = 0;
  #requests = 0;
  /** The client sends nothing more; what it sent before may still wait. */
  #ending = false;
  #clientEnded = false;
  #dropped = 0;
  #tunnel = false;
  /** Bytes that had gone to the client when the tunnel was last looked at. */
  #tunnelWritten = 0;

  constructor(socket: Socket, front: FrontContext, scheme: "http" | "https") {
    super(front.wheel, front.limits.stallTimeout);
    this.#socket = socket;
    this.#front = front;
    this.#scheme = scheme;
    this.#writer = new ResponseWriter(socket, this, front, NO_BODY);
    front.connections.add(this);
    this.wait(front.limits.headersTimeout);
    readSocket(socket, this);
  }

  // What the socket says.

  read(bytes: Buffer, start: number, end: number): boolean {
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest, bytes.subarray(start, end)]);
      return false;
    }
    return this.#consume(bytes, start, end, false);
  }

  ended(): void {
    this.#ending = true;
    // A stream that was paused tells its end although what came before has not been read here.
    if (this.#rest === undefined) this.#endOfInput();
  }

  #endOfInput(): void {
    if (this.#clientEnded) return;
    this.#clientEnded = true;
    if (this.#phase === HEAD) {
      if (this.#partial === undefined) this.#destroy();
      else this.#refuse(400, "head_incomplete");
    } else if (this.#phase === BODY) {
      this.#bodyEnded();
    } else if (this.#phase === WAIT && !this.#tunnel) {
      this.wait(HALF_CLOSE_GRACE);
    }
  }

  drained(): void {
    this.unblock();
    try {
      this.#exchange?.drained();
    } catch (error) {
      this.#failed(error);
    }
  }

  closed(): void {
    this.#phase = CLOSED;
    this.stopWaiting();
    this.#front.connections.delete(this);
    this.#depart("disconnected");
  }

  // What the front asks.

  /** No request is running and none has begun. */
  get isIdle(): boolean {
    return this.#phase === HEAD && this.#partial === undefined;
  }

  /** Ends it in good order. */
  retire(): void {
    this.#leave();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // What the body asks.

  bodyMoved(): void {
    const body = this.#body;
    // A connection that is being left has times of its own, which a body must not hold.
    if (body === undefined || this.#phase !== BODY) return;
    this.#keepTime(body);
    if (this.#bytes === undefined) this.#pump();
    // Whoever drops a body that is here already answers next: the connection need not end for it.
    else if (body.isDropped) this.#takeBody(body);
  }

  // What the response asks.

  mustClose(): boolean {
    const { limits, draining } = this.#front;
    const last = limits.requestsPerConnection > 0 && this.#requests >= limits.requestsPerConnection;
    if (draining || last || this.#clientEnded || this.#table?.has(KEEP_ALIVE) !== true) return true;
    const body = this.#body;
    if (this.#phase !== BODY || body === undefined) return false;
    return this.#tunnel ? this.#hasRest : !body.isFlowing;
  }

  /** Bytes behind a request for a tunnel, which may be meant for the tunnel: they are no request. */
  get #hasRest(): boolean {
    return this.#rest !== undefined || (this.#bytes !== undefined && this.#at < this.#end);
  }

  switched(): void {
    this.#body?.unlock();
  }

  blocked(): void {
    this.block();
  }

  finished(unsent: boolean): void {
    if (this.#writer.isTunnel) {
      this.#socket.end();
      if (this.#body?.done !== true) return;
    }
    if (!unsent) {
      this.#complete();
      return;
    }
    this.block();
    this.#writer.whenOut(() => this.#complete());
  }

  aborted(): void {
    if (this.#exchange === undefined) return;
    this.#exchange = undefined;
    this.#cut();
  }

  broken(reason: string): void {
    this.#failed(new Error(reason));
  }

  // Reading.

  /** @param own the bytes are nobody else's. False where some of them have to wait, and the reading with them */
  #consume(bytes: Buffer, start: number, end: number, own: boolean): boolean {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    try {
      while (this.#at < this.#end && this.#step(bytes));
    } catch (error) {
      this.#at = this.#end;
      this.#failed(error);
    }
    this.#bytes = undefined;
    if (this.#at >= this.#end) return true;
    const rest = bytes.subarray(this.#at, this.#end);
    this.#rest = own ? rest : Buffer.from(rest);
    return false;
  }

  /** False when nothing can be done with the next byte now. */
  #step(bytes: Buffer): boolean {
    if (this.#phase === HEAD) this.#readHead(bytes);
    else if (this.#phase === BODY) return this.#takeBody(this.#body as RequestBody);
    else if (this.#phase === WAIT) return false;
    else this.#discard();
    return true;
  }

  /** Goes on with what came too early, and then with the socket. */
  #pump(): void {
    if (this.#bytes !== undefined) return;
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = undefined;
      if (!this.#consume(rest, 0, rest.length, true)) return;
    }
    if (this.#ending) this.#endOfInput();
    else if (this.#phase !== CLOSED && (this.#phase !== BODY || this.#body?.takes === true)) this.#socket.resume();
  }

  #discard(): void {
    this.#dropped += this.#end - this.#at;
    this.#at = this.#end;
    if (this.#dropped > LINGER_BYTES) this.#destroy();
  }

  #readHead(piece: Buffer): void {
    const partial = this.#partial;
    const before = partial?.length ?? 0;
    partial?.add(piece, this.#at, this.#end);
    const bytes = partial?.bytes ?? piece;
    const start = partial === undefined ? this.#at : 0;
    const end = partial?.length ?? this.#end;
    const { headLimits } = this.#front;
    if (this.#beginsHttp2(bytes, start, end)) return;
    if (partial?.isDue(before, headLimits.headBytes) === false) {
      this.#at = this.#end;
      return;
    }
    const table = new HeadTable();
    const result = parseRequestHead(bytes, table, headLimits, start, end);
    if (result === "incomplete") this.#keep(bytes, start, end);
    else {
      this.#partial = undefined;
      if (result === "complete") {
        this.#at += table.headEnd - before;
        this.#serve(table);
      } else this.#refuse(result.status, result.reason, table);
    }
  }

  /** Keeps the beginning of a head. */
  #keep(bytes: Buffer, start: number, end: number): void {
    this.#at = this.#end;
    if (this.#partial !== undefined) return;
    const partial = new PartialHead(1_024);
    partial.add(bytes, start, end);
    partial.isDue(0, this.#front.headLimits.headBytes);
    this.#partial = partial;
    this.wait(this.#front.limits.headersTimeout);
  }

  /** Whether the bytes are HTTP/2's preface, or may become it. */
  #beginsHttp2(bytes: Buffer, start: number, end: number): boolean {
    const { http2, connections } = this.#front;
    if (this.#requests > 0 || bytes[start] !== 80 || http2 === undefined) return false;
    const preface = readPreface(bytes, start, end);
    if (preface === "begins") this.#keep(bytes, start, end);
    if (preface !== "yes") return preface === "begins";
    this.#at = this.#end;
    this.#phase = CLOSED;
    this.stopWaiting();
    connections.delete(this);
    const socket = releaseSocket(this.#socket);
    socket.unshift(Buffer.from(bytes.subarray(start, end)));
    http2(socket);
    return true;
  }

  #serve(table: HeadTable): void {
    this.#requests += 1;
    const method = methodOf(table);
    const handshake = readHandshake(table);
    if (method === "TRACE") this.#refuse(405, "method_refused", table, ALLOW);
    else if (method === "CONNECT") this.#refuse(405, "connect_unsupported", table, ALLOW);
    else if (handshake === "invalid") this.#refuse(400, "upgrade_invalid", table);
    else if (handshake === "other_version") this.#refuse(426, "upgrade_version", table, VERSION_13);
    else this.#begin(table, method, handshake);
  }

  #begin(table: HeadTable, method: string, handshake: Handshake): void {
    const old = table.at(VERSION) === 10;
    const body = this.#bodyOf(table, handshake);
    const upgrade = handshake === "valid" ? "websocket" : undefined;
    const framed = body !== undefined && upgrade === undefined;
    const expects = framed && table.has(EXPECT_CONTINUE);
    this.#table = table;
    this.#body = body;
    this.#phase = body === undefined ? WAIT : BODY;
    this.#tunnel = upgrade !== undefined;
    this.#writer.start(body ?? NO_BODY, old, method === "HEAD", expects, takesTrailers(table));
    this.#waitForBody(body);
    const info = old ? this.#describeOld() : this.#describe();
    const request = requestOf(table, method, framed, upgrade, this.#scheme, info);
    const exchange = new Exchange(request, info, this.#writer);
    this.#exchange = exchange;
    this.#front.handlers.exchange(exchange);
  }

  #bodyOf(table: HeadTable, handshake: Handshake): RequestBody | undefined {
    if (handshake === "valid") return new RequestBody(this, Number.POSITIVE_INFINITY);
    if (table.framing === FRAMING_CHUNKED) return new RequestBody(this, undefined);
    const length = table.contentLength ?? 0;
    return length === 0 ? undefined : new RequestBody(this, length);
  }

  /** False when the body takes nothing now. */
  #takeBody(body: RequestBody): boolean {
    const next = body.take(this.#bytes as Buffer, this.#at, this.#end);
    const taken = next > this.#at;
    this.#at = next;
    // Whoever takes the bytes may have answered already, or given up.
    if (this.#phase !== BODY) return true;
    if (body.fault !== undefined) {
      this.#malformed(body, body.fault);
      return true;
    }
    if (body.done) this.#bodyComplete();
    else this.#keepTime(body);
    return taken;
  }

  #bodyComplete(): void {
    if (this.#phase !== BODY) return;
    this.#phase = WAIT;
    if (!this.#tunnel) this.rest();
    if (this.#writer.isTunnel && this.#writer.ended) this.#complete();
  }

  /** The client sends nothing more: that ends a tunnel in good order, and cuts every other body off. */
  #bodyEnded(): void {
    try {
      if (this.#body?.close() === true) this.#bodyComplete();
      else this.#depart("disconnected");
    } catch (error) {
      this.#failed(error);
    }
  }

  // Ending.

  /** The response is out. */
  #complete(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    this.unblock();
    exchange.closed();
    const { closing } = this.#writer;
    const whole = this.#body === undefined || this.#body.done || (this.#tunnel && !this.#hasRest);
    if (!whole) this.#body?.fail("closed");
    this.#body = undefined;
    this.#table = undefined;
    this.#tunnel = false;
    if (this.#phase === CLOSED) return;
    // A drain may have begun when the head had gone out already.
    if (closing || !whole || this.#clientEnded || this.#front.draining) {
      this.#leave();
      return;
    }
    this.#phase = HEAD;
    this.wait(this.#front.keepAlive.timeout);
    if (this.#rest !== undefined) this.#pump();
  }

  /** Ends the connection in good order: closing it with unread bytes would reset it, and could destroy the response. */
  #leave(): void {
    this.#phase = LEAVE;
    this.#rest = undefined;
    this.#partial = undefined;
    this.#socket.end();
    this.unblock();
    this.wait(LINGER);
    this.#socket.resume();
  }

  #refuse(status: number, detail: string, table: HeadTable | undefined = undefined, more: string = ""): void {
    const { handlers, clock } = this.#front;
    const known = table !== undefined && table.at(VERSION) !== 0;
    const method = known ? methodOf(table) : "";
    this.#at = this.#end;
    this.#socket.write(refusalText(status, clock.now(), method === "HEAD", more), "latin1");
    this.#leave();
    const target = known ? targetOf(table) : "";
    handlers.refused({ status, detail, connection: this.#describe(), method, target });
  }

  /** The body broke the protocol. */
  #malformed(body: RequestBody, reason: string): void {
    const exchange = this.#exchange;
    this.#at = this.#end;
    if (exchange === undefined) {
      this.#leave();
      return;
    }
    this.#answerInstead(exchange, STATUS_OF_FAULT[reason] ?? 400, "malformed", reason);
    body.fail(reason);
  }

  #slow(): void {
    const exchange = this.#exchange;
    const body = this.#body;
    if (exchange === undefined) this.#destroy();
    else this.#answerInstead(exchange, 408, "slow", "body_timeout");
    body?.fail("slow");
  }

  /** Ends an exchange for a fault of the client; it hears of it where no response has begun. */
  #answerInstead(exchange: Exchange, status: number, departure: Departure, detail: string): void {
    const { begun } = this.#writer;
    this.#exchange = undefined;
    this.#writer.drop();
    if (begun) this.#cut();
    else {
      exchange.response.status = status;
      this.#socket.write(refusalText(status, this.#front.clock.now(), false, ""), "latin1");
      this.#leave();
    }
    exchange.closed(departure, detail);
  }

  #depart(departure: Departure): void {
    const exchange = this.#exchange;
    const body = this.#body;
    this.#exchange = undefined;
    this.#body = undefined;
    if (exchange === undefined) return;
    this.#writer.drop();
    if (this.#phase !== CLOSED) this.#cut();
    try {
      exchange.closed(departure);
      body?.fail("closed");
    } catch (error) {
      this.#front.handlers.failed?.(error);
    }
  }

  /** A fault of ours costs one connection, not the process. */
  #failed(error: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#writer.drop();
    if (exchange === undefined || this.#writer.sent || this.#phase === CLOSED) this.#cut();
    else {
      exchange.response.status = 500;
      this.#socket.write(refusalText(500, this.#front.clock.now(), false, ""), "latin1");
      this.#leave();
    }
    this.#front.handlers.failed?.(error);
    exchange?.abort();
  }

  /** The client must not take what it has got for a whole response, so a connection that carried some of it is reset. */
  #cut(): void {
    if (this.#phase === CLOSED) return;
    this.#phase = LEAVE;
    this.#rest = undefined;
    if (this.#writer.begun) resetSocket(this.#socket);
    else this.#socket.destroy();
  }

  #destroy(): void {
    this.#phase = LEAVE;
    this.#socket.destroy();
  }

  // Time.

  protected expired(): void {
    try {
      if (this.#phase === LEAVE) this.#destroy();
      else if (this.#phase === HEAD) {
        // A client that never said anything learns why it is closed; one that was answered knows.
        if (this.#partial === undefined && this.#requests > 0) this.#leave();
        else this.#refuse(408, "head_timeout");
      } else if (this.#tunnel) this.#judgeTunnel();
      else if (this.#phase === BODY) this.#slow();
      else if (this.#phase === WAIT && !this.#writer.begun) this.#depart("disconnected");
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What the backend's side sent counts as well. */
  #judgeTunnel(): void {
    const { bytesWritten } = this.#socket;
    if (bytesWritten === this.#tunnelWritten) this.#depart("stalled");
    else this.wait(TUNNEL_IDLE);
    this.#tunnelWritten = bytesWritten;
  }

  protected stalled(): void {
    this.#depart("stalled");
  }

  protected get unsent(): number {
    return unsentBytes(this.#socket);
  }

  protected get received(): number {
    return this.#body?.received ?? 0;
  }

  /** The time that a body has to wait for us is not the client's: it begins when the body is asked for. */
  #waitForBody(body: RequestBody | undefined): void {
    const { limits } = this.#front;
    if (body === undefined) this.rest();
    else if (this.#tunnel) this.wait(TUNNEL_IDLE);
    else {
      this.wait(limits.requestTimeout, limits.bodyRate);
      this.hold();
    }
  }

  #keepTime(body: RequestBody): void {
    if (this.#tunnel) this.wait(TUNNEL_IDLE);
    else if (body.takes) this.unhold();
    else this.hold();
  }

  #describe(): ConnectionInfo {
    this.#info ??= connectionOf(this.#socket, "HTTP/1.1");
    return this.#info;
  }

  #describeOld(): ConnectionInfo {
    this.#oldInfo ??= connectionOf(this.#socket, "HTTP/1.0");
    return this.#oldInfo;
  }
}

/** RFC 9110 15.5.6, 15.5.22. */
const ALLOW = "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
const VERSION_13 = "upgrade: websocket\r\nsec-websocket-version: 13\r\nconnection: upgrade\r\n";

/** Other mistakes are answered with 400. */
const STATUS_OF_FAULT: Readonly<Record<string, number>> = {
  chunk_size_too_large: 413,
  chunk_extension_too_large: 413,
  trailers_too_large: 431,
  trailer_too_many_fields: 431,
};
