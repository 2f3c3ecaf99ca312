import type { BodySink, BodySource } from "../../http/exchange.ts";

/** A body that is all here. */
export class BytesSource implements BodySource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  flow(sink: BodySink): void {
    sink.write(this.#bytes);
    sink.end(undefined);
  }

  resume(): void {}

  cancel(): void {}
}
