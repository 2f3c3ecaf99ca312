import type { Socket } from "node:net";
import { connectionOf } from "../../connection-info.ts";
import type { ConnectionInfo, Departure, Exchange } from "../../exchange.ts";
import type { HeadTable } from "../head/head-table.ts";
import { methodOf, targetOf } from "../head/parse-request-head.ts";
import { KEEP_ALIVE, VERSION } from "../head/tokenizer/layout.ts";
import { resetSocket } from "./accepted-socket.ts";
import type { FrontContext } from "./h1-front.ts";
import { Intake } from "./intake.ts";
import { BODY, CLOSED, HEAD, LEAVE, WAIT } from "./phase.ts";
import { refusalText, statusOfFault } from "./refusal.ts";
import { NO_BODY, type RequestBody } from "./request-body.ts";
import type { ResponseOwner } from "./response-owner.ts";
import { ResponseWriter } from "./response-writer.ts";

/** How long a client may go on sending what nobody reads before its connection is closed, in milliseconds. */
const LINGER = 1_000;

/** How an exchange ends, in good order and otherwise, and its connection with it. */
export abstract class Ending extends Intake implements ResponseOwner {
  protected readonly front: FrontContext;
  protected readonly writer: ResponseWriter;
  protected exchange: Exchange | undefined = undefined;
  protected table: HeadTable | undefined = undefined;
  protected tunnel = false;
  protected requests = 0;
  #info: ConnectionInfo | undefined = undefined;

  constructor(socket: Socket, front: FrontContext) {
    super(socket, front.wheel, front.limits.stallTimeout);
    this.front = front;
    this.writer = new ResponseWriter(socket, this, front, NO_BODY);
  }

  drained(): void {
    this.unblock();
    try {
      this.exchange?.drained();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Ends it in good order: closing it with unread bytes would reset it, and could destroy the response. */
  retire(): void {
    this.phase = LEAVE;
    this.early = undefined;
    this.partial = undefined;
    this.socket.end();
    this.unblock();
    this.wait(LINGER);
    this.socket.resume();
  }

  // What the response asks.

  mustClose(): boolean {
    const { limits, draining } = this.front;
    const last = limits.requestsPerConnection > 0 && this.requests >= limits.requestsPerConnection;
    if (draining || last || this.clientEnded || this.table?.has(KEEP_ALIVE) !== true) return true;
    const { body } = this;
    if (this.phase !== BODY || body === undefined) return false;
    return this.tunnel ? this.hasMore : !body.isFlowing;
  }

  switched(): void {
    this.body?.unlock();
  }

  blocked(): void {
    this.block();
  }

  finished(unsent: boolean): void {
    if (this.writer.isTunnel) {
      this.socket.end();
      if (this.body?.done !== true) return;
    }
    if (!unsent) {
      this.#complete();
      return;
    }
    this.block();
    this.writer.whenOut(() => this.#complete());
  }

  aborted(): void {
    if (this.exchange === undefined) return;
    this.exchange = undefined;
    this.#cut();
  }

  broken(reason: string): void {
    this.failed(new Error(reason));
  }

  // What the request and the client bring about.

  protected bodyComplete(): void {
    if (this.phase !== BODY) return;
    this.phase = WAIT;
    if (!this.tunnel) this.rest();
    if (this.writer.isTunnel && this.writer.ended) this.#complete();
  }

  /** The client sends nothing more: that ends a tunnel in good order, and cuts every other body off. */
  protected bodyEnded(): void {
    try {
      if (this.body?.close() === true) this.bodyComplete();
      else this.depart("disconnected");
    } catch (error) {
      this.failed(error);
    }
  }

  protected refuse(status: number, detail: string, table: HeadTable | undefined = undefined, more: string = ""): void {
    const { handlers, clock } = this.front;
    const known = table !== undefined && table.at(VERSION) !== 0;
    const method = known ? methodOf(table) : "";
    this.at = this.end;
    this.socket.write(refusalText(status, clock.now(), method === "HEAD", more), "latin1");
    this.retire();
    const target = known ? targetOf(table) : "";
    handlers.refused({ status, detail, connection: this.describe(), method, target });
  }

  /** The body broke the protocol. */
  protected malformed(body: RequestBody, reason: string): void {
    const { exchange } = this;
    this.at = this.end;
    if (exchange === undefined) {
      this.retire();
      return;
    }
    this.#answerInstead(exchange, statusOfFault(reason), "malformed", reason);
    body.fail(reason);
  }

  protected slow(): void {
    const { exchange, body } = this;
    if (exchange === undefined) this.abandon();
    else this.#answerInstead(exchange, 408, "slow", "body_timeout");
    body?.fail("slow");
  }

  protected stalled(): void {
    this.depart("stalled");
  }

  protected depart(departure: Departure): void {
    const { exchange, body } = this;
    this.exchange = undefined;
    this.body = undefined;
    if (exchange === undefined) return;
    this.writer.drop();
    if (this.phase !== CLOSED) this.#cut();
    try {
      exchange.closed(departure);
      body?.fail("closed");
    } catch (error) {
      this.front.handlers.failed?.(error);
    }
  }

  /** A fault of ours costs one connection, not the process. */
  protected failed(error: unknown): void {
    const { exchange } = this;
    this.exchange = undefined;
    this.writer.drop();
    if (exchange === undefined || this.writer.sent || this.phase === CLOSED) this.#cut();
    else {
      exchange.response.status = 500;
      this.socket.write(refusalText(500, this.front.clock.now(), false, ""), "latin1");
      this.retire();
    }
    this.front.handlers.failed?.(error);
    exchange?.abort();
  }

  protected describe(): ConnectionInfo {
    this.#info ??= connectionOf(this.socket, "HTTP/1.1");
    return this.#info;
  }

  /** The response is out. */
  #complete(): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    this.exchange = undefined;
    this.unblock();
    exchange.closed();
    const { closing } = this.writer;
    const whole = this.body === undefined || this.body.done || (this.tunnel && !this.hasMore);
    if (!whole) this.body?.fail("closed");
    this.body = undefined;
    this.table = undefined;
    this.tunnel = false;
    if (this.phase === CLOSED) return;
    // A drain may have begun when the head had gone out already.
    if (closing || !whole || this.clientEnded || this.front.draining) {
      this.retire();
      return;
    }
    this.phase = HEAD;
    this.wait(this.front.keepAlive.timeout);
    if (this.early !== undefined) this.pump();
  }

  /** Ends an exchange for a fault of the client; it hears of it where no response has begun. */
  #answerInstead(exchange: Exchange, status: number, departure: Departure, detail: string): void {
    const { begun } = this.writer;
    this.exchange = undefined;
    this.writer.drop();
    if (begun) this.#cut();
    else {
      exchange.response.status = status;
      this.socket.write(refusalText(status, this.front.clock.now(), false, ""), "latin1");
      this.retire();
    }
    exchange.closed(departure, detail);
  }

  /** The client must not take what it has got for a whole response, so a connection that carried some of it is reset. */
  #cut(): void {
    if (this.phase === CLOSED) return;
    this.phase = LEAVE;
    this.early = undefined;
    if (this.writer.begun) resetSocket(this.socket);
    else this.socket.destroy();
  }
}
