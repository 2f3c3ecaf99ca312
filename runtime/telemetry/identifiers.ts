import { randomFillSync } from "node:crypto";

/** Filling is dear for each call, not for each byte. */
const PIECES = 256;
/** Random bytes that a piece takes. */
const MOST_BYTES = 41;

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Both digits of a byte, as the two bytes of a number. */
const PAIRS = Uint16Array.from(
  { length: 256 },
  (_, byte) => ((HEX[byte >> 4] as number) << 8) | (HEX[byte & 15] as number),
);

/** Pieces of text with random hex digits, made many at a time; each request cuts its own out. */
class Supply {
  readonly #text: Buffer;
  readonly #view: DataView;
  readonly #size: number;
  /** Where digits go in a piece. */
  readonly #pairs: readonly number[];
  readonly #singles: readonly number[];
  readonly #variants: readonly number[];
  readonly #random = new Uint8Array(PIECES * MOST_BYTES);
  #block = "";
  #left = 0;

  /** @param layout of a piece: `##` is any two digits, `?` any digit, `%` one of 8, 9, a and b */
  constructor(layout: string) {
    this.#text = Buffer.from(layout.repeat(PIECES), "latin1");
    this.#view = new DataView(this.#text.buffer, this.#text.byteOffset, this.#text.length);
    this.#size = layout.length;
    this.#pairs = placesOf(/##/g, layout);
    this.#singles = placesOf(/\?/g, layout);
    this.#variants = placesOf(/%/g, layout);
  }

  take(): string {
    if (this.#left === 0) this.#refill();
    this.#left -= 1;
    const at = this.#left * this.#size;
    return this.#block.slice(at, at + this.#size);
  }

  #refill(): void {
    randomFillSync(this.#random);
    for (let piece = 0; piece < PIECES; piece += 1) this.#fill(piece * this.#size, piece * MOST_BYTES);
    this.#block = this.#text.latin1Slice(0, this.#text.length);
    this.#left = PIECES;
  }

  #fill(at: number, from: number): void {
    const text = this.#text;
    const random = this.#random;
    const pairs = this.#pairs;
    let next = from;
    for (let each = 0; each < pairs.length; each += 1) {
      this.#view.setUint16(at + (pairs[each] as number), PAIRS[random[next++] as number] as number);
    }
    for (const place of this.#singles) text[at + place] = HEX[(random[next++] as number) & 15] as number;
    for (const place of this.#variants) text[at + place] = HEX[8 + ((random[next++] as number) & 3)] as number;
  }
}

function placesOf(pattern: RegExp, layout: string): number[] {
  return Array.from(layout.matchAll(pattern), (match) => match.index);
}

const TRACEPARENT = `00-${"#".repeat(32)}-${"#".repeat(16)}-01`;
const REQUEST_ID = "########-####-4##?-%##?-############";

const traceparents = new Supply(TRACEPARENT);
const spanIds = new Supply("#".repeat(16));
const requestIds = new Supply(REQUEST_ID);
const introductions = new Supply(`${TRACEPARENT}\r\nx-request-id: ${REQUEST_ID}\r\n`);

/** Begins a trace: a sampled W3C traceparent of version 00 with random ids. */
export function newTraceparent(): string {
  return traceparents.take();
}

/** 16 lower-case hex digits. */
export function newSpanId(): string {
  return spanIds.take();
}

/** A UUID of version 4 (RFC 9562 5.4). */
export function newRequestId(): string {
  return requestIds.take();
}

/** Both, as they follow `traceparent: ` in the head of a request: see `traceparentIn` and `requestIdIn`. */
export function newIntroduction(): string {
  return introductions.take();
}

export function traceparentIn(introduction: string): string {
  return introduction.slice(0, TRACEPARENT.length);
}

export function requestIdIn(introduction: string): string {
  return introduction.slice(-REQUEST_ID.length - 2, -2);
}
