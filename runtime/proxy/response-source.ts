import type { BodySource } from "../http/exchange.ts";
import type { Forward } from "./forward.ts";

/** The backend's response, whose bytes come by themselves. */
export class ResponseSource implements BodySource {
  readonly #from: { readonly forward: Forward | undefined };

  constructor(from: { readonly forward: Forward | undefined }) {
    this.#from = from;
  }

  flow(): void {}

  resume(): void {
    this.#from.forward?.resume();
  }

  cancel(): void {
    this.#from.forward?.abort();
  }
}
