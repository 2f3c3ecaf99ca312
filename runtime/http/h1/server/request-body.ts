import type { BodySink, BodySource } from "../../exchange.ts";
import type { FieldList } from "../../fields.ts";
import { stripTrailers } from "../../hop-by-hop.ts";
import { ChunkedBody } from "../chunked-body.ts";
import { HeadFields } from "../head/head-fields.ts";
import { HeadTable } from "../head/head-table.ts";
import { parseTrailers } from "../head/parse-trailers.ts";

/** Whose bytes a body reads. */
export interface BodyConnection {
  /** The body takes bytes again, or has stopped to. */
  bodyMoved(): void;
}

/** How much of a body that nobody wants is read before its response is complete. */
const DROPPED_BYTES = 262_144;

/** Nobody has asked for it; it flows; its sink is full; nobody wants it. */
type Mode = "held" | "flowing" | "full" | "dropped";

/** The body of one request, as its framing says (RFC 9112 6.3), or what comes through a tunnel. */
export class RequestBody implements BodySource {
  done = false;
  /** Why it broke the protocol. */
  fault: string | undefined = undefined;
  /** Bytes, framing included. */
  received = 0;
  readonly #connection: BodyConnection;
  readonly #chunked: ChunkedBody | undefined;
  #left: number;
  #mode: Mode = "held";
  #sink: BodySink | undefined = undefined;
  /** A tunnel that is not open yet. */
  #locked: boolean;
  /** Bytes are being handed over: whoever gets them may give up the rest, but these are counted once. */
  #taking = false;

  /** @param length bytes; undefined for a chunked body, infinite for a tunnel */
  constructor(connection: BodyConnection, length: number | undefined) {
    this.#connection = connection;
    this.#chunked = length === undefined ? new ChunkedBody() : undefined;
    this.#left = length ?? 0;
    this.#locked = length === Number.POSITIVE_INFINITY;
  }

  /** Whether bytes are taken now. */
  get takes(): boolean {
    if (this.#locked || this.#taking || this.done) return false;
    return this.#mode === "flowing" || (this.#mode === "dropped" && this.received <= DROPPED_BYTES);
  }

  /** Whether somebody reads it. */
  get isFlowing(): boolean {
    return this.#mode === "flowing" || this.#mode === "full";
  }

  get isDropped(): boolean {
    return this.#mode === "dropped";
  }

  flow(sink: BodySink): void {
    this.#sink = sink;
    if (this.fault !== undefined) sink.fail(this.fault);
    else if (this.done) sink.end(undefined);
    else this.#move("flowing");
  }

  resume(): void {
    if (this.#mode === "full") this.#move("flowing");
  }

  cancel(): void {
    this.#sink = undefined;
    if (!this.done && this.fault === undefined) this.#move("dropped");
  }

  /** The response lets the bytes of the tunnel through. */
  unlock(): void {
    this.#locked = false;
    this.#connection.bodyMoved();
  }

  /** Reads from `at` and returns the position behind what was taken. */
  take(bytes: Buffer, at: number, end: number): number {
    if (!this.takes) return at;
    this.#taking = true;
    const next = this.#chunked === undefined ? this.#takePlain(bytes, at, end) : this.#takeChunked(bytes, at, end);
    this.#taking = false;
    this.received += next - at;
    if (this.done) this.#finish();
    return next;
  }

  /** The client sends nothing more: the end of a tunnel, and of nothing else. False where the body is not complete. */
  close(): boolean {
    if (this.done) return true;
    if (this.#left !== Number.POSITIVE_INFINITY || this.#locked) return false;
    this.done = true;
    this.#sink?.end(undefined);
    return true;
  }

  /** It will never be complete. */
  fail(reason: string): void {
    if (this.done) return;
    this.fault ??= reason;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.fail(this.fault);
  }

  #move(mode: Mode): void {
    this.#mode = mode;
    this.#connection.bodyMoved();
  }

  #takePlain(bytes: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + this.#left);
    this.#left -= next - at;
    this.done = this.#left === 0;
    if (this.#sink?.write(bytes.subarray(at, next)) === false && this.#mode === "flowing") this.#mode = "full";
    return next;
  }

  #takeChunked(bytes: Buffer, at: number, end: number): number {
    const chunked = this.#chunked as ChunkedBody;
    const next = chunked.read(bytes, at, end, this.#sink);
    if (chunked.full && this.#mode === "flowing") this.#mode = "full";
    this.fault = chunked.fault;
    this.done = chunked.done;
    return next;
  }

  #finish(): void {
    const trailers = this.#trailers();
    if (this.fault !== undefined) this.done = false;
    else this.#sink?.end(trailers);
  }

  #trailers(): FieldList | undefined {
    const bytes = this.#chunked?.trailers;
    if (bytes === undefined) return undefined;
    const table = new HeadTable();
    const result = parseTrailers(bytes, table);
    if (result !== "complete") {
      this.fault = `trailer_${result === "incomplete" ? "incomplete" : result.reason}`;
      return undefined;
    }
    const trailers = new HeadFields(table);
    stripTrailers(trailers);
    return trailers.count() === 0 ? undefined : trailers;
  }
}

/** The body of a request that has none. */
export const NO_BODY: BodySource = {
  flow: (sink) => sink.end(undefined),
  resume() {},
  cancel() {},
};
