import type { BodySink } from "../../http/exchange.ts";
import type { FieldList } from "../../http/fields.ts";
import { KeptBytes } from "./kept-bytes.ts";
import type { Receiver } from "./receiver.ts";

/** What has come out of a pipeline before anybody takes it. */
export interface Remains {
  readonly bytes: Uint8Array;
  readonly last: boolean;
  readonly ended: boolean;
  readonly trailers: FieldList | undefined;
}

/** Where a pipeline ends: keeps what comes until there is a sink, which gets it and everything after it. */
export class Outlet implements Receiver {
  readonly #queue = new KeptBytes();
  #sink: BodySink | undefined = undefined;
  #full = false;
  #last = false;
  #ended = false;
  #trailers: FieldList | undefined = undefined;

  /** Whether it has room. */
  get takes(): boolean {
    return this.#sink === undefined ? this.#queue.length === 0 : !this.#full;
  }

  /** The length of the body, where all of it is here; undefined as long as more may come, or some has gone. */
  get whole(): number | undefined {
    return this.#sink === undefined && (this.#last || this.#ended) ? this.#queue.length : undefined;
  }

  get hasTrailers(): boolean {
    return this.#trailers !== undefined;
  }

  take(bytes: Uint8Array, last: boolean): void {
    this.#last ||= last;
    if (this.#sink === undefined) this.#queue.add(bytes);
    else if (bytes.length > 0 && !this.#sink.write(bytes)) this.#full = true;
  }

  end(trailers: FieldList | undefined): void {
    this.#ended = true;
    this.#trailers = trailers;
    this.#sink?.end(trailers);
  }

  open(sink: BodySink): void {
    this.#sink = sink;
    if (this.#queue.length > 0 && !sink.write(this.#queue.take())) this.#full = true;
    if (this.#ended) sink.end(this.#trailers);
  }

  drained(): void {
    this.#full = false;
  }

  fail(reason: string): void {
    this.#sink?.fail(reason);
  }

  /** Gives away what is here, for a step that comes before. */
  empty(): Remains {
    const remains = { bytes: this.#queue.take(), last: this.#last, ended: this.#ended, trailers: this.#trailers };
    this.#last = false;
    this.#ended = false;
    this.#trailers = undefined;
    return remains;
  }
}
