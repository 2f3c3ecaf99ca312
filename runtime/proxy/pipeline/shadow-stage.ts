import type { FieldList } from "../../http/fields.ts";
import type { Verdict } from "../../wasm/verdict.ts";
import type { Shadow } from "../shadow.ts";
import type { BodyHooks } from "./body-hooks.ts";
import { KeptBytes } from "./kept-bytes.ts";
import type { Receiver } from "./receiver.ts";

const EMPTY = new Uint8Array();

/** A filter in shadow sees a copy of the body, as it would see the body itself; nobody waits for it. */
export class ShadowStage implements Receiver {
  next: Receiver;
  readonly #shadow: Shadow;
  readonly #hooks: BodyHooks;
  readonly #kept = new KeptBytes();
  #whole: boolean;
  #blind = false;
  #lastShown = false;

  /** @param whole whether it would hold the head until the whole body is there */
  constructor(shadow: Shadow, hooks: BodyHooks, whole: boolean, next: Receiver) {
    this.#shadow = shadow;
    this.#hooks = hooks;
    this.#whole = whole;
    this.next = next;
  }

  take(bytes: Uint8Array, last: boolean): void {
    this.#see(bytes, last);
    this.next.take(bytes, last);
  }

  end(trailers: FieldList | undefined): void {
    if (!this.#lastShown) this.#see(EMPTY, true);
    this.next.end(trailers);
  }

  #see(bytes: Uint8Array, last: boolean): void {
    if (this.#blind || (bytes.length === 0 && !last)) return;
    const keeps = this.#whole || this.#kept.length > 0;
    if (keeps && !this.#keep(bytes)) return;
    if (this.#whole && !last) return;
    this.#lastShown = last;
    // A copy: the filter may look at it after this call, where it is suspended.
    const shown = keeps ? this.#kept.take() : bytes.slice();
    this.#decide(
      this.#shadow.run(() => this.#hooks.body({ bytes: shown, end: last })),
      shown,
    );
  }

  #keep(bytes: Uint8Array): boolean {
    if (this.#kept.length + bytes.length > this.#hooks.limit) {
      this.#shadow.say("413 body_too_large");
      this.#leave();
      return false;
    }
    this.#kept.add(bytes);
    return true;
  }

  #decide(verdict: Verdict, shown: Uint8Array): void {
    if (verdict.kind === "hold") {
      this.#whole = verdict.whole;
      this.#kept.add(shown);
    } else if (verdict.kind === "next" || verdict.kind === "drop") this.#whole = false;
    else this.#leave();
  }

  /** It has decided, has failed or is suspended: what follows is none of its business. */
  #leave(): void {
    this.#blind = true;
    this.#kept.take();
  }
}
