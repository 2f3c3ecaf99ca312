import { randomFillSync } from "node:crypto";

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const [RANDOM_DIGIT, VARIANT_DIGIT] = ["r".charCodeAt(0), "v".charCodeAt(0)];

/** Pieces of text with random hex digits, made many at a time; each request cuts its own out. */
class Supply {
  readonly #text: Buffer;
  readonly #pieces: number;
  readonly #size: number;
  readonly #random: Uint8Array;
  /** Where digits go. */
  readonly #places: readonly number[];
  readonly #variants: readonly number[];
  #block = "";
  #left = 0;

  /** @param layout of a piece: `r` is any digit, `v` one of 8, 9, a and b. */
  constructor(layout: string, pieces: number) {
    this.#text = Buffer.from(layout.repeat(pieces), "latin1");
    this.#pieces = pieces;
    this.#size = layout.length;
    this.#places = [...this.#text.keys()].filter((at) => this.#text[at] === RANDOM_DIGIT);
    this.#variants = [...this.#text.keys()].filter((at) => this.#text[at] === VARIANT_DIGIT);
    this.#random = new Uint8Array((this.#places.length + this.#variants.length + 1) >> 1);
  }

  take(): string {
    if (this.#left === 0) this.#refill();
    this.#left -= 1;
    const at = this.#left * this.#size;
    return this.#block.slice(at, at + this.#size);
  }

  #refill(): void {
    randomFillSync(this.#random);
    let digit = 0;
    for (const at of this.#places) this.#text[at] = HEX[this.#draw(digit++)] as number;
    for (const at of this.#variants) this.#text[at] = HEX[8 + (this.#draw(digit++) & 3)] as number;
    this.#block = this.#text.latin1Slice(0, this.#text.length);
    this.#left = this.#pieces;
  }

  #draw(digit: number): number {
    return ((this.#random[digit >> 1] as number) >> ((digit & 1) << 2)) & 15;
  }
}

const PIECES = 64;
const traceparents = new Supply(`00-${"r".repeat(32)}-${"r".repeat(16)}-01`, PIECES);
const spanIds = new Supply("r".repeat(16), PIECES);
const requestIds = new Supply("rrrrrrrr-rrrr-4rrr-vrrr-rrrrrrrrrrrr", PIECES);

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
