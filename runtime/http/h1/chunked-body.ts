import type { BodySink } from "../exchange.ts";

/** Bytes that the framing of one message may have beside its data. */
export interface ChunkedLimits {
  /** Of one chunk's extensions. */
  readonly extensionBytes: number;
  /** Of all extensions of a message. */
  readonly extensionTotal: number;
  readonly trailerBytes: number;
}

export const CHUNKED_LIMITS: ChunkedLimits = { extensionBytes: 256, extensionTotal: 16_384, trailerBytes: 8_192 };

export type ChunkedFault =
  | "chunk_size_syntax"
  | "chunk_size_too_large"
  | "chunk_extension_syntax"
  | "chunk_extension_too_large"
  | "chunk_line_end"
  | "trailers_too_large";

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILERS = 6;

/** 13 hexadecimal digits are less than 2^53. */
const MAX_DIGITS = 13;

/**
 * Reads the chunked coding of one message (RFC 9112 7.1) from pieces as they come, and hands its data to a sink: by
 * `frame` where the sink takes frames, by `write` otherwise.
 */
export class ChunkedBody {
  done = false;
  fault: ChunkedFault | undefined = undefined;
  /** Whether the sink asked for a pause during the last `read`. */
  full = false;
  readonly #limits: ChunkedLimits;
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #extension = 0;
  #extensions = 0;
  #trailers: number[] | undefined = undefined;
  /** How much of CRLF CRLF has come; the end of the last chunk's line counts. */
  #matched = 2;
  /** Where the bytes begin that are ready to go out as they are; -1 for none. */
  #from = -1;
  #framed = 0;
  /** Where the current size line begins in this piece; -1 when it began in an earlier one or has an extension. */
  #line = -1;

  constructor(limits: ChunkedLimits = CHUNKED_LIMITS) {
    this.#limits = limits;
  }

  /** The trailer section with its empty line, for `parseTrailers`; undefined without a trailer. */
  get trailers(): Buffer | undefined {
    return this.#trailers === undefined ? undefined : Buffer.from(this.#trailers);
  }

  /**
   * Reads from `at`; without a sink the data is dropped. Returns the position behind what was read: behind the message
   * once it is `done`, where the fault is, or earlier than `end` when a sink that takes `write` is full.
   */
  read(bytes: Uint8Array, at: number, end: number, sink: BodySink | undefined): number {
    this.full = false;
    this.#line = -1;
    const framed = sink?.frame !== undefined;
    this.#from = framed && (this.#state === DATA || this.#state === DATA_CR || this.#state === DATA_LF) ? at : -1;
    this.#framed = 0;
    let next = at;
    while (next < end && !this.done && this.fault === undefined) {
      if (this.#state === DATA) {
        const stop = Math.min(end, next + this.#size);
        this.#size -= stop - next;
        if (framed) this.#framed += stop - next;
        else if (sink !== undefined) this.full = !sink.write(bytes.subarray(next, stop));
        next = stop;
        if (this.#size === 0) this.#state = DATA_CR;
        if (this.full) break;
      } else {
        this.#byte(bytes, next, sink);
        if (this.fault === undefined) next += 1;
      }
    }
    // What is not known yet to be another chunk than the last one stays behind.
    if (framed) this.#emit(bytes, this.#line >= 0 && this.#state <= SIZE_LF ? this.#line : next, sink);
    return next;
  }

  #byte(bytes: Uint8Array, at: number, sink: BodySink | undefined): void {
    const byte = bytes[at] as number;
    if (this.#state === SIZE) this.#sizeByte(byte, at);
    else if (this.#state === DATA_CR || this.#state === DATA_LF) this.#dataEnd(byte);
    else if (this.#state === SIZE_LF) this.#sizeEnd(byte, bytes, at, sink);
    else if (this.#state === TRAILERS) this.#trailerByte(byte);
    else this.#extensionByte(byte);
    if (this.#state === EXTENSION && this.#line >= 0) {
      this.#emit(bytes, this.#line, sink);
      this.#line = -1;
    }
  }

  #sizeByte(byte: number, at: number): void {
    if (this.#digits === 0) {
      this.#size = 0;
      this.#line = at;
      if (this.#from < 0) this.#from = at;
    }
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      this.#size = this.#size * 16 + digit;
      if (this.#digits > MAX_DIGITS) this.fault = "chunk_size_too_large";
    } else if (this.#digits === 0) this.fault = "chunk_size_syntax";
    else if (byte === 13) this.#state = SIZE_LF;
    else if (byte === 59) this.#state = EXTENSION;
    else this.fault = byte === 10 ? "chunk_line_end" : "chunk_size_syntax";
  }

  #extensionByte(byte: number): void {
    if (byte === 13) {
      this.#state = SIZE_LF;
      return;
    }
    this.#extension += 1;
    this.#extensions += 1;
    if (byte !== 9 && (byte < 32 || byte > 126)) this.fault = "chunk_extension_syntax";
    else if (this.#extension > this.#limits.extensionBytes || this.#extensions > this.#limits.extensionTotal) {
      this.fault = "chunk_extension_too_large";
    }
  }

  #sizeEnd(byte: number, bytes: Uint8Array, at: number, sink: BodySink | undefined): void {
    if (byte !== 10) {
      this.fault = "chunk_line_end";
      return;
    }
    if (this.#size === 0) {
      if (this.#line >= 0) this.#emit(bytes, this.#line, sink);
      this.#state = TRAILERS;
    } else {
      if (this.#line < 0 && sink?.frame !== undefined) {
        // Its line was split over two pieces, or had an extension.
        this.full = !sink.frame(Buffer.from(`${this.#size.toString(16)}\r\n`, "latin1"), 0) || this.full;
        this.#from = at + 1;
      }
      this.#state = DATA;
    }
    this.#line = -1;
    this.#digits = 0;
    this.#extension = 0;
  }

  #dataEnd(byte: number): void {
    const cr = this.#state === DATA_CR;
    if (byte !== (cr ? 13 : 10)) this.fault = "chunk_line_end";
    else this.#state = cr ? DATA_LF : SIZE;
  }

  #trailerByte(byte: number): void {
    if (this.#trailers === undefined && byte !== 13 && this.#matched === 2) this.#trailers = [];
    this.#trailers?.push(byte);
    this.#matched = byte === (this.#matched % 2 === 0 ? 13 : 10) ? this.#matched + 1 : byte === 13 ? 1 : 0;
    if (this.#matched === 4) this.done = true;
    else if ((this.#trailers?.length ?? 0) >= this.#limits.trailerBytes) this.fault = "trailers_too_large";
    else if (this.#trailers === undefined && this.#matched < 3) this.fault = "chunk_line_end";
  }

  /** Hands over the bytes up to `to`, framing included. */
  #emit(bytes: Uint8Array, to: number, sink: BodySink | undefined): void {
    if (this.#from >= 0 && to > this.#from && sink?.frame !== undefined && this.fault === undefined) {
      this.full = !sink.frame(bytes.subarray(this.#from, to), this.#framed) || this.full;
    }
    this.#from = -1;
    this.#framed = 0;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
