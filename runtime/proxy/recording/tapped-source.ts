import type { BodySink, BodySource } from "../../http/exchange.ts";
import type { FieldList } from "../../http/fields.ts";

/** A body whose bytes somebody else looks at on their way. */
export class TappedSource implements BodySource {
  readonly #source: BodySource;
  readonly #look: (chunk: Uint8Array) => void;

  constructor(source: BodySource, look: (chunk: Uint8Array) => void) {
    this.#source = source;
    this.#look = look;
  }

  flow(sink: BodySink): void {
    this.#source.flow(new TappedSink(sink, this.#look));
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(): void {
    this.#source.cancel();
  }
}

/** It takes no frames: what is looked at is the body without its framing. */
class TappedSink implements BodySink {
  readonly #sink: BodySink;
  readonly #look: (chunk: Uint8Array) => void;

  constructor(sink: BodySink, look: (chunk: Uint8Array) => void) {
    this.#sink = sink;
    this.#look = look;
  }

  write(chunk: Uint8Array): boolean {
    this.#look(chunk);
    return this.#sink.write(chunk);
  }

  end(trailers: FieldList | undefined): void {
    this.#sink.end(trailers);
  }

  fail(reason: string): void {
    this.#sink.fail(reason);
  }
}
