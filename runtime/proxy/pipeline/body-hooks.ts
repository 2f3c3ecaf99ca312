import type { Exchange } from "../../http/exchange.ts";
import type { FieldList } from "../../http/fields.ts";
import type { BodyPiece, GuestExchange } from "../../wasm/exchange.ts";
import type { Generation } from "../../wasm/generation.ts";
import { PLUGIN_LIMITS } from "../../wasm/limits.ts";
import { NEXT, type Verdict } from "../../wasm/verdict.ts";
import type { Direction } from "../direction.ts";

/** The hooks of one filter for the body of one message. */
export class BodyHooks {
  readonly exchange: GuestExchange;
  readonly #generation: Generation;
  readonly #request: boolean;

  constructor(generation: Generation, direction: Direction, exchange: GuestExchange | Exchange) {
    this.#generation = generation;
    this.#request = direction === "request";
    this.exchange = exchange;
  }

  /** Whether it may change the body, and its length with it. */
  get edits(): boolean {
    const { bodies } = this.#generation;
    return (this.#request ? bodies?.request : bodies?.response) !== "read";
  }

  /** Bytes that it may keep at once. */
  get limit(): number {
    return this.#generation.bodyBytes ?? PLUGIN_LIMITS.bodyBytes;
  }

  get hasTrailers(): boolean {
    const { onRequestTrailers, onResponseTrailers } = this.#generation;
    return (this.#request ? onRequestTrailers : onResponseTrailers) !== undefined;
  }

  body(piece: BodyPiece): Verdict {
    const { exchange } = this;
    const generation = this.#generation;
    const verdict = this.#request
      ? generation.onRequestBody?.(exchange, piece)
      : generation.onResponseBody?.(exchange, piece);
    return verdict ?? NEXT;
  }

  trailers(trailers: FieldList): Verdict {
    const { exchange } = this;
    const generation = this.#generation;
    const verdict = this.#request
      ? generation.onRequestTrailers?.(exchange, trailers)
      : generation.onResponseTrailers?.(exchange, trailers);
    return verdict ?? NEXT;
  }
}
