import type { BodySink } from "../../http/exchange.ts";
import { KeptBytes } from "./kept-bytes.ts";

/** Waits for what filters make of the body of a response of our own, so that its length is known when its head goes out. */
export class CollectedReply implements BodySink {
  readonly #kept = new KeptBytes();
  readonly #done: (body: Uint8Array) => void;

  constructor(done: (body: Uint8Array) => void) {
    this.#done = done;
  }

  write(chunk: Uint8Array): boolean {
    this.#kept.add(chunk);
    return true;
  }

  end(): void {
    this.#done(this.#kept.take());
  }

  fail(): void {}
}
