import type { FieldList } from "../../fields.ts";
import type { OutboundFault, OutboundLimits } from "../../outbound.ts";
import { HeadFields } from "../head/head-fields.ts";
import { type HeadLimits, HeadTable } from "../head/head-table.ts";
import { parseResponseHead, RESPONSE_LIMITS, statusOf } from "../head/parse-response-head.ts";
import {
  CONTENT_LENGTH,
  FRAMING_CHUNKED,
  FRAMING_CLOSE,
  FRAMING_LENGTH,
  KEEP_ALIVE,
} from "../head/tokenizer/layout.ts";
import type { H1Call } from "./h1-call.ts";
import { idleTimeOf } from "./keep-alive-hint.ts";
import { PartialHead } from "./partial-head.ts";
import { ChunkedResponse } from "./response-body.ts";

/** A response that is no larger is decoded as a whole, in bytes. */
const SMALL = 4_096;

/** What the bytes that come next are. */
type Phase = "head" | "length" | "chunked" | "close" | "tunnel";

/**
 * What an endpoint sends in answer to one request after another, as its framing says (RFC 9112 6.3). A class to derive
 * from: a connection should not be two objects.
 */
export abstract class IncomingResponse {
  protected call: H1Call | undefined = undefined;
  protected phase: Phase = "head";
  protected keepAlive = false;
  protected paused = false;
  /** What was read, but not taken by the listener yet. */
  protected unread: Buffer | undefined = undefined;
  /** How long the connection may be idle behind the response, in milliseconds. */
  protected idleTime: number;
  readonly #limits: OutboundLimits;
  readonly #headLimits: HeadLimits;
  #partial: PartialHead | undefined = undefined;
  #interim = 0;
  /** Bytes of the body that are still to come. */
  #left = 0;
  #chunked: ChunkedResponse | undefined = undefined;
  /** The head whose text holds the beginning of the body too, until that was handed over. */
  #decoded: HeadTable | undefined = undefined;

  constructor(limits: OutboundLimits) {
    this.#limits = limits;
    this.#headLimits = { ...RESPONSE_LIMITS, headBytes: limits.headerBytes };
    this.idleTime = limits.keepAliveTimeout;
  }

  /** The response is complete. @param extra whether bytes follow it */
  protected abstract finish(trailers: FieldList | undefined, extra?: boolean): void;
  protected abstract fail(fault: OutboundFault, detail: string): void;
  /** The endpoint says 101. */
  protected abstract switch(call: H1Call, table: HeadTable): void;
  abstract destroy(): void;

  /** A response has to come. */
  protected begin(): void {
    this.phase = "head";
    this.#interim = 0;
  }

  /** Nobody waits for the rest of it. */
  protected forget(): void {
    this.#chunked = undefined;
    this.#decoded = undefined;
    this.#partial = undefined;
    this.unread = undefined;
  }

  protected receive(bytes: Buffer, start: number, end: number): void {
    const call = this.call as H1Call;
    let at = start;
    while (at < end && this.call === call && !this.paused) at = this.#step(call, bytes, at, end);
    if (at >= end) return;
    if (this.call === call) this.#keep(bytes.subarray(at, end));
    // Behind the response: the endpoint is out of step, and this connection has seen its last request.
    else this.destroy();
  }

  #keep(bytes: Buffer): void {
    this.unread = this.unread === undefined ? Buffer.from(bytes) : Buffer.concat([this.unread, bytes]);
  }

  /** Reads what comes next; returns the position behind it. */
  #step(call: H1Call, bytes: Buffer, at: number, end: number): number {
    if (this.phase === "head") return this.#readHead(call, bytes, at, end);
    if (this.phase === "length") return this.#readLength(call, bytes, at, end);
    if (this.phase === "chunked") return this.#readChunked(bytes, at, end);
    this.paused = !call.listener.data(bytes.subarray(at, end));
    return end;
  }

  #readHead(call: H1Call, bytes: Buffer, at: number, end: number): number {
    const partial = this.#partial;
    if (partial === undefined) {
      const next = this.#parseHead(call, bytes, at, end);
      if (next >= 0) return next;
      this.#partial = new PartialHead();
      this.#partial.add(bytes, at, end, this.#headLimits.headBytes);
      return end;
    }
    if (!partial.add(bytes, at, end, this.#headLimits.headBytes)) return end;
    const all = partial.taken;
    const next = this.#parseHead(call, all, 0, all.length);
    if (next < 0) return end;
    this.#partial = undefined;
    // The head ends within the last piece, or it would have been found before.
    return end - (all.length - next);
  }

  /** Returns the position behind the head; -1 when more of it has to come. */
  #parseHead(call: H1Call, bytes: Buffer, at: number, end: number): number {
    const table = new HeadTable();
    const toHead = call.request.method === "HEAD";
    const whole = end - at <= SMALL && call.listener.takesTexts === true;
    const result = parseResponseHead(bytes, table, toHead, this.#headLimits, at, end, whole);
    if (result === "incomplete") return -1;
    if (result !== "complete") {
      this.fail("protocol", `bad response head: ${result.reason} at byte ${result.position}`);
      return end;
    }
    const next = at + table.headEnd;
    const status = statusOf(table);
    if (status === 101) this.switch(call, table);
    else if (status < 200) this.#informational(call, table, status);
    else this.#head(call, table, status, next < end);
    return next;
  }

  #informational(call: H1Call, table: HeadTable, status: number): void {
    this.#interim += 1;
    if (this.#interim > this.#limits.interimResponses) this.fail("protocol", "too many interim responses");
    // The expectation that a 100 answers is never passed on.
    else if (status !== 100) call.listener.informational(status, new HeadFields(table));
  }

  #head(call: H1Call, table: HeadTable, status: number, more: boolean): void {
    const fields = new HeadFields(table);
    this.keepAlive = table.has(KEEP_ALIVE);
    this.idleTime = Math.min(this.#limits.keepAliveTimeout, idleTimeOf(table) ?? Number.POSITIVE_INFINITY);
    if (status === 204 && table.slot(CONTENT_LENGTH) >= 0) fields.remove("content-length");
    const { framing } = table;
    this.#left = framing === FRAMING_LENGTH ? (table.contentLength as number) : 0;
    this.phase = framing === FRAMING_CHUNKED ? "chunked" : framing === FRAMING_CLOSE ? "close" : "length";
    call.listener.head(status, fields);
    if (this.call !== call) return;
    if (framing === FRAMING_CHUNKED) this.#chunked = new ChunkedResponse(call.listener);
    else if (this.phase !== "length") return;
    else if (this.#left === 0) this.finish(undefined, more);
    else if (call.listener.takesTexts === true) this.#decoded = table;
  }

  #readLength(call: H1Call, bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(end, at + this.#left);
    this.#left -= stop - at;
    const text = this.#textOf(stop - at);
    const more =
      text === undefined ? call.listener.data(bytes.subarray(at, stop)) : call.listener.text?.(text) === true;
    if (this.call !== call) return end;
    if (this.#left === 0) this.finish(undefined, stop < end);
    else this.paused = !more;
    return stop;
  }

  /** The next so many bytes of the body, where they were decoded with the head. */
  #textOf(length: number): string | undefined {
    const table = this.#decoded;
    if (table === undefined) return undefined;
    this.#decoded = undefined;
    const { head, headEnd } = table;
    return head.length >= headEnd + length ? head.slice(headEnd, headEnd + length) : undefined;
  }

  #readChunked(bytes: Buffer, at: number, end: number): number {
    const { call } = this;
    const chunked = this.#chunked as ChunkedResponse;
    const next = chunked.read(bytes, at, end);
    if (this.call !== call) return end;
    if (chunked.fault !== undefined) {
      this.fail("protocol", `bad chunked response: ${chunked.fault}`);
      return end;
    }
    if (chunked.done) this.finish(chunked.trailers, next < end);
    else this.paused = chunked.full;
    return next;
  }
}
