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
  | "size_syntax"
  | "size_too_large"
  | "extension_syntax"
  | "extension_too_large"
  | "line_end"
  | "trailers_too_large";

/** Reads the chunked coding of one message (RFC 9112 7.1) from pieces as they come. */
export interface ChunkedDecoder {
  /**
   * Reads `bytes` from `start`; hands over each range of data that is in it. Returns the first position behind the
   * message once it is `done`, and the end of `bytes`, or where the fault is, otherwise.
   */
  push(bytes: Uint8Array, start: number, data: (start: number, end: number) => void): number;
  readonly done: boolean;
  readonly fault: ChunkedFault | undefined;
  /** Once done: the trailer section with its empty line, for `parseTrailers`. */
  readonly trailers: Buffer;
}

export function chunkedDecoder(limits: ChunkedLimits = CHUNKED_LIMITS): ChunkedDecoder {
  return new Decoder(limits);
}

type State = "size" | "extension" | "size-end" | "data" | "data-cr" | "data-lf" | "trailers" | "done" | "failed";

/** 13 hexadecimal digits are less than 2^53. */
const MAX_DIGITS = 13;
const EMPTY_LINE = [13, 10, 13, 10];

class Decoder implements ChunkedDecoder {
  readonly #limits: ChunkedLimits;
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #extension = 0;
  #extensions = 0;
  #trailers: number[] = [];
  /** How much of CRLF CRLF has come; the end of the last chunk's line counts. */
  #matched = 2;
  fault: ChunkedFault | undefined = undefined;

  constructor(limits: ChunkedLimits) {
    this.#limits = limits;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  get trailers(): Buffer {
    return Buffer.from(this.#trailers);
  }

  push(bytes: Uint8Array, start: number, data: (start: number, end: number) => void): number {
    let at = start;
    while (at < bytes.length && this.#state !== "done" && this.#state !== "failed") {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#size);
        data(at, end);
        this.#size -= end - at;
        at = end;
        if (this.#size === 0) this.#state = "data-cr";
      } else {
        this.#byte(bytes[at] as number);
        if (this.fault === undefined) at++;
      }
    }
    return at;
  }

  #byte(byte: number): void {
    if (this.#state === "size") this.#sizeByte(byte);
    else if (this.#state === "extension") this.#extensionByte(byte);
    else if (this.#state === "size-end") this.#sizeEnd(byte);
    else if (this.#state === "trailers") this.#trailerByte(byte);
    else this.#dataEnd(byte);
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      this.#size = this.#size * 16 + digit;
      if (this.#digits > MAX_DIGITS) this.#fail("size_too_large");
    } else if (this.#digits === 0) this.#fail("size_syntax");
    else if (byte === 13) this.#state = "size-end";
    else if (byte === 59) this.#state = "extension";
    else this.#fail(byte === 10 ? "line_end" : "size_syntax");
  }

  #extensionByte(byte: number): void {
    if (byte === 13) {
      this.#state = "size-end";
      return;
    }
    this.#extension += 1;
    this.#extensions += 1;
    if (byte !== 9 && (byte < 32 || byte > 126)) this.#fail("extension_syntax");
    else if (this.#extension > this.#limits.extensionBytes || this.#extensions > this.#limits.extensionTotal) {
      this.#fail("extension_too_large");
    }
  }

  #sizeEnd(byte: number): void {
    if (byte === 10) this.#state = this.#size === 0 ? "trailers" : "data";
    else this.#fail("line_end");
    this.#digits = 0;
    this.#extension = 0;
  }

  #dataEnd(byte: number): void {
    const cr = this.#state === "data-cr";
    if (byte !== (cr ? 13 : 10)) this.#fail("line_end");
    else this.#state = cr ? "data-lf" : "size";
  }

  #trailerByte(byte: number): void {
    this.#trailers.push(byte);
    this.#matched = byte === EMPTY_LINE[this.#matched] ? this.#matched + 1 : byte === 13 ? 1 : 0;
    if (this.#matched === 4) this.#state = "done";
    else if (this.#trailers.length >= this.#limits.trailerBytes) this.#fail("trailers_too_large");
  }

  #fail(fault: ChunkedFault): void {
    this.fault = fault;
    this.#state = "failed";
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
