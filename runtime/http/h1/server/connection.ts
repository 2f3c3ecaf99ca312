import type { Socket } from "node:net";
import { connectionOf } from "../../connection-info.ts";
import { type ConnectionInfo, Exchange } from "../../exchange.ts";
import { HeadTable } from "../head/head-table.ts";
import { methodOf, parseRequestHead } from "../head/parse-request-head.ts";
import { EXPECT_CONTINUE, FRAMING_CHUNKED, VERSION } from "../head/tokenizer/layout.ts";
import { readSocket, releaseSocket } from "./accepted-socket.ts";
import { Ending } from "./ending.ts";
import type { FrontContext } from "./h1-front.ts";
import { type Handshake, readHandshake } from "./handshake.ts";
import { PartialHead } from "./partial-head.ts";
import { BODY, CLOSED, HEAD, LEAVE, WAIT } from "./phase.ts";
import { readPreface } from "./preface.ts";
import { type BodyConnection, NO_BODY, RequestBody } from "./request-body.ts";
import { requestOf, takesTrailers } from "./request-of.ts";

/** RFC 9110 15.5.6, 15.5.22. */
const ALLOW = "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
const VERSION_13 = "upgrade: websocket\r\nsec-websocket-version: 13\r\nconnection: upgrade\r\n";

/** A client that has closed its side is taken to have left when no response has begun for so long, in milliseconds. */
const HALF_CLOSE_GRACE = 1_000;
/** In milliseconds. */
const TUNNEL_IDLE = 3_600_000;

/** One HTTP/1.1 connection of a client: requests in order, one response at a time (RFC 9112). */
export class H1Connection extends Ending implements BodyConnection {
  readonly #scheme: "http" | "https";
  /** What is told of a client that speaks HTTP/1.0. */
  #oldInfo: ConnectionInfo | undefined = undefined;
  /** Bytes that had gone to the client when the tunnel was last looked at. */
  #tunnelWritten = 0;

  constructor(socket: Socket, front: FrontContext, scheme: "http" | "https") {
    super(socket, front);
    this.#scheme = scheme;
    front.connections.add(this);
    this.wait(front.limits.headersTimeout);
    readSocket(socket, this);
  }

  // What the socket says.

  protected inputEnded(): void {
    if (this.phase === HEAD) {
      if (this.partial === undefined) this.abandon();
      else this.refuse(400, "head_incomplete");
    } else if (this.phase === BODY) {
      this.bodyEnded();
    } else if (this.phase === WAIT && !this.tunnel) {
      this.wait(HALF_CLOSE_GRACE);
    }
  }

  closed(): void {
    this.phase = CLOSED;
    this.stopWaiting();
    this.front.connections.delete(this);
    this.depart("disconnected");
  }

  // What the front asks.

  /** No request is running and none has begun. */
  get isIdle(): boolean {
    return this.phase === HEAD && this.partial === undefined;
  }

  // What the body asks.

  bodyMoved(): void {
    const { body } = this;
    // A connection that is being left has times of its own, which a body must not hold.
    if (body === undefined || this.phase !== BODY) return;
    this.#keepTime(body);
    if (this.piece === undefined) this.pump();
    // Whoever drops a body that is here already answers next: the connection need not end for it.
    else if (body.isDropped) this.takeBody(body);
  }

  // Reading.

  protected readHead(piece: Buffer): void {
    const { partial } = this;
    const before = partial?.length ?? 0;
    partial?.add(piece, this.at, this.end);
    const bytes = partial?.bytes ?? piece;
    const start = partial === undefined ? this.at : 0;
    const end = partial?.length ?? this.end;
    const { headLimits } = this.front;
    if (this.#beginsHttp2(bytes, start, end)) return;
    if (partial?.isDue(before, headLimits.headBytes) === false) {
      this.at = this.end;
      return;
    }
    const table = new HeadTable();
    const result = parseRequestHead(bytes, table, headLimits, start, end);
    if (result === "incomplete") this.#keep(bytes, start, end);
    else {
      this.partial = undefined;
      if (result === "complete") {
        this.at += table.headEnd - before;
        this.#serve(table);
      } else this.refuse(result.status, result.reason, table);
    }
  }

  /** Keeps the beginning of a head. */
  #keep(bytes: Buffer, start: number, end: number): void {
    this.at = this.end;
    if (this.partial !== undefined) return;
    const partial = new PartialHead(1_024);
    partial.add(bytes, start, end);
    partial.isDue(0, this.front.headLimits.headBytes);
    this.partial = partial;
    this.wait(this.front.limits.headersTimeout);
  }

  /** Whether the bytes are HTTP/2's preface, or may become it. */
  #beginsHttp2(bytes: Buffer, start: number, end: number): boolean {
    const { http2, connections } = this.front;
    if (this.requests > 0 || bytes[start] !== 80 || http2 === undefined) return false;
    const preface = readPreface(bytes, start, end);
    if (preface === "begins") this.#keep(bytes, start, end);
    if (preface !== "yes") return preface === "begins";
    this.at = this.end;
    this.phase = CLOSED;
    this.stopWaiting();
    connections.delete(this);
    const socket = releaseSocket(this.socket);
    socket.unshift(Buffer.from(bytes.subarray(start, end)));
    http2(socket);
    return true;
  }

  #serve(table: HeadTable): void {
    this.requests += 1;
    const method = methodOf(table);
    const handshake = readHandshake(table);
    if (method === "TRACE") this.refuse(405, "method_refused", table, ALLOW);
    else if (method === "CONNECT") this.refuse(405, "connect_unsupported", table, ALLOW);
    else if (handshake === "invalid") this.refuse(400, "upgrade_invalid", table);
    else if (handshake === "other_version") this.refuse(426, "upgrade_version", table, VERSION_13);
    else this.#begin(table, method, handshake);
  }

  #begin(table: HeadTable, method: string, handshake: Handshake): void {
    const old = table.at(VERSION) === 10;
    const body = this.#bodyOf(table, handshake);
    const upgrade = handshake === "valid" ? "websocket" : undefined;
    const framed = body !== undefined && upgrade === undefined;
    const expects = framed && table.has(EXPECT_CONTINUE);
    this.table = table;
    this.body = body;
    this.phase = body === undefined ? WAIT : BODY;
    this.tunnel = upgrade !== undefined;
    this.writer.start(body ?? NO_BODY, old, method === "HEAD", expects, takesTrailers(table));
    this.#waitForBody(body);
    const info = old ? this.#describeOld() : this.describe();
    const request = requestOf(table, method, framed, upgrade, this.#scheme, info);
    const exchange = new Exchange(request, info, this.writer);
    this.exchange = exchange;
    this.front.handlers.exchange(exchange);
  }

  #bodyOf(table: HeadTable, handshake: Handshake): RequestBody | undefined {
    if (handshake === "valid") return new RequestBody(this, Number.POSITIVE_INFINITY);
    if (table.framing === FRAMING_CHUNKED) return new RequestBody(this, undefined);
    const length = table.contentLength ?? 0;
    return length === 0 ? undefined : new RequestBody(this, length);
  }

  protected takeBody(body: RequestBody): boolean {
    const next = body.take(this.piece as Buffer, this.at, this.end);
    const taken = next > this.at;
    this.at = next;
    // Whoever takes the bytes may have answered already, or given up.
    if (this.phase !== BODY) return true;
    if (body.fault !== undefined) {
      this.malformed(body, body.fault);
      return true;
    }
    if (body.done) this.bodyComplete();
    else this.#keepTime(body);
    return taken;
  }

  // Time.

  protected expired(): void {
    try {
      if (this.phase === LEAVE) this.abandon();
      else if (this.phase === HEAD) {
        // A client that never said anything learns why it is closed; one that was answered knows.
        if (this.partial === undefined && this.requests > 0) this.retire();
        else this.refuse(408, "head_timeout");
      } else if (this.tunnel) this.#judgeTunnel();
      else if (this.phase === BODY) this.slow();
      else if (this.phase === WAIT && !this.writer.begun) this.depart("disconnected");
    } catch (error) {
      this.failed(error);
    }
  }

  /** What the backend's side sent counts as well. */
  #judgeTunnel(): void {
    const { bytesWritten } = this.socket;
    if (bytesWritten === this.#tunnelWritten) this.depart("stalled");
    else this.wait(TUNNEL_IDLE);
    this.#tunnelWritten = bytesWritten;
  }

  /** The time that a body has to wait for us is not the client's: it begins when the body is asked for. */
  #waitForBody(body: RequestBody | undefined): void {
    const { limits } = this.front;
    if (body === undefined) this.rest();
    else if (this.tunnel) this.wait(TUNNEL_IDLE);
    else {
      this.wait(limits.requestTimeout, limits.bodyRate);
      this.hold();
    }
  }

  #keepTime(body: RequestBody): void {
    if (this.tunnel) this.wait(TUNNEL_IDLE);
    else if (body.takes) this.unhold();
    else this.hold();
  }

  #describeOld(): ConnectionInfo {
    this.#oldInfo ??= connectionOf(this.socket, "HTTP/1.0");
    return this.#oldInfo;
  }
}
