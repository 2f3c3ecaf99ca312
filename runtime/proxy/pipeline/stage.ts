import type { PluginBinding } from "../../config/snapshot.ts";
import type { FieldList } from "../../http/fields.ts";
import type { BodyPiece } from "../../wasm/exchange.ts";
import type { Verdict } from "../../wasm/verdict.ts";
import { brokenContract } from "../conclude.ts";
import type { Time } from "../wait.ts";
import type { BodyHooks } from "./body-hooks.ts";
import { freeEdit } from "./free-edit.ts";
import { type Held, Keeping } from "./keeping.ts";
import { KeptBytes } from "./kept-bytes.ts";
import type { Remains } from "./outlet.ts";
import type { Receiver } from "./receiver.ts";

/** The pipeline that a stage is in. */
export interface StageOwner {
  readonly time: Time;
  /** The head that the stage held may go on; what it let go of the body has been handed on. */
  released(): void;
  /** What a final verdict means. True where the message goes on; where not, the stage is closed when this returns. */
  goesOn(stage: Stage, verdict: Verdict): boolean;
  /** The filter keeps more than it may; the stage is closed when this returns. */
  tooLarge(stage: Stage): void;
  /** A verdict that was waited for. */
  settled(stage: Stage, verdict: Verdict): void;
  waited(stage: Stage, milliseconds: number): void;
}

export interface StageOptions {
  readonly binding: PluginBinding;
  /** The filter's place in the chain. */
  readonly index: number;
  readonly hooks: BodyHooks;
  readonly owner: StageOwner;
  /** How the filter holds the head, where it does. */
  readonly held: ({ readonly whole: boolean } & Held) | undefined;
}

const EMPTY = new Uint8Array();

/** A filter's place in a pipeline: shows it the body, and keeps what it does not let go. */
export class Stage extends Keeping implements Receiver {
  readonly binding: PluginBinding;
  readonly index: number;
  /** What comes behind it. */
  next: Receiver;
  /** Whether the head waits here. */
  holdsHead: boolean;
  readonly #owner: StageOwner;
  /** What it was not shown yet. */
  readonly #inbox = new KeptBytes();
  #inboxLast = false;
  #asleep = true;
  #whole: boolean;
  #stopped: boolean;
  #skipped = false;
  #closed = false;
  #lastShown = false;
  #trailersShown = false;
  #ended = false;
  #finished = false;
  #trailers: FieldList | undefined = undefined;

  constructor({ binding, index, hooks, owner, held }: StageOptions, next: Receiver) {
    super(hooks);
    this.binding = binding;
    this.index = index;
    this.next = next;
    this.#owner = owner;
    this.holdsHead = held !== undefined;
    this.#whole = held?.whole ?? false;
    this.#stopped = held !== undefined;
    if (held !== undefined) this.awaitSettle(held);
  }

  get time(): Time {
    return this.#owner.time;
  }

  /** Whether it has room. */
  get takes(): boolean {
    return this.#skipped || !(this.#asleep || this.suspended);
  }

  /** Whether the length that its message announces cannot be kept. */
  get edits(): boolean {
    return this.altered || (!this.#skipped && this.hooks.edits);
  }

  /** Takes over what had come out of the pipeline before the filter joined it; shows it nothing yet. */
  adopt({ bytes, last, ended, trailers }: Remains): void {
    this.#inbox.add(bytes);
    this.#inboxLast = last;
    this.#ended = ended;
    this.#trailers = trailers;
  }

  /** Runs hooks from now on. @param announced bytes of the body that is still to come, where that is known */
  wake(announced = 0): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    if (this.#whole && announced > this.hooks.limit) this.#owner.tooLarge(this);
    else this.#goOn();
  }

  take(bytes: Uint8Array, last: boolean): void {
    if (this.#closed) return;
    if (this.#skipped) this.next.take(bytes, last);
    else if (this.takes) this.#show(bytes, last);
    else {
      this.#inbox.add(bytes);
      this.#inboxLast ||= last;
    }
  }

  end(trailers: FieldList | undefined): void {
    this.#ended = true;
    this.#trailers = trailers;
    this.#goOn();
  }

  /** Gives everything up. */
  close(): void {
    this.#closed = true;
    this.endWait();
    this.kept.take();
    this.#inbox.take();
    this.forgetPiece();
  }

  settled(verdict: Verdict): void {
    this.#owner.settled(this, verdict);
  }

  waited(milliseconds: number): void {
    this.#owner.waited(this, milliseconds);
  }

  protected tooLarge(): void {
    this.#owner.tooLarge(this);
  }

  /** Goes on with a verdict that was waited for. */
  decide(verdict: Verdict): void {
    if (this.#closed) return;
    const bytes = this.kept.bytes;
    const piece = this.piece ?? { bytes, end: this.#lastShown };
    const shown = this.piece === undefined ? bytes : this.shown;
    this.forgetPiece();
    this.forgetWait();
    this.#apply(verdict, piece, shown);
    this.#goOn();
  }

  /** Shows what has come meanwhile, then the end. */
  #goOn(): void {
    while (this.takes && !this.#closed && (this.#inbox.length > 0 || this.#inboxLast)) {
      const last = this.#inboxLast;
      this.#inboxLast = false;
      this.take(this.#inbox.take(), last);
    }
    if (this.#ended) this.#finish();
  }

  #show(bytes: Uint8Array, last: boolean): void {
    if (bytes.length === 0 && !last) return;
    this.absorb();
    const keeps = this.#whole || this.kept.length > 0;
    if (keeps && !this.keep(bytes)) return;
    this.forgetPiece();
    if (this.#whole && !last) return;
    this.#lastShown = last;
    const shown = keeps ? this.kept.bytes : bytes;
    const piece = { bytes: shown, end: last };
    this.#apply(this.hooks.body(piece), piece, shown);
  }

  /** @param shown the piece's bytes before the hook, which may have put others in their place */
  #apply(verdict: Verdict, piece: BodyPiece, shown: Uint8Array): void {
    if (this.#closed) return;
    const { kind } = verdict;
    if (kind === "next") this.#letGo(piece, shown);
    else if (kind === "hold") this.#hold(verdict, piece, shown);
    else if (kind === "drop") this.#drop(verdict, piece, shown);
    else if (kind === "wait") this.suspend(verdict, piece, shown);
    else this.#conclude(verdict, shown, piece.end);
  }

  #letGo(piece: BodyPiece, shown: Uint8Array): void {
    const edited = piece.bytes !== shown;
    if (edited && !this.hooks.edits) {
      this.#conclude(brokenContract("it changed a body that it may only read"), shown, piece.end);
      return;
    }
    this.altered ||= edited;
    this.#owner.goesOn(this, { kind: "next" });
    const { bytes } = piece;
    this.#release(bytes, piece.end);
    if (edited) freeEdit(bytes, shown);
  }

  #hold({ whole, ...held }: Held & { readonly whole: boolean }, piece: BodyPiece, shown: Uint8Array): void {
    if (piece.end && !this.mayStillSettle(held)) {
      const detail = "it holds the end of a body: nothing follows that could let it go";
      this.#conclude(brokenContract(detail), shown, true);
      return;
    }
    if (!this.keepPiece(piece, shown)) return;
    this.#whole = whole;
    // A filter that lets go later may change until then what it keeps.
    this.remember(piece, this.kept.bytes);
    this.#stop(held);
  }

  #drop(held: Held, piece: BodyPiece, shown: Uint8Array): void {
    const settles = this.mayStillSettle(held);
    if (piece.end && this.holdsHead && !settles) {
      this.#conclude(brokenContract("it drops a body, but never lets its head go"), shown, true);
      return;
    }
    this.altered ||= shown.length > 0;
    this.kept.take();
    this.forgetPiece();
    if (this.holdsHead || settles) this.#stop(held);
    else this.#release(EMPTY, piece.end);
  }

  #stop(held: Held): void {
    this.#stopped = true;
    this.awaitSettle(held);
    if (this.#lastShown) this.limitWait();
  }

  /** The filter's hook for the body is out of the way from now on, unless it may not fail. */
  #conclude(verdict: Verdict, original: Uint8Array, last: boolean): void {
    if (!this.#owner.goesOn(this, verdict)) return;
    this.#skipped = true;
    this.#release(original, last);
  }

  #release(bytes: Uint8Array, last: boolean): void {
    // The bytes may be a view of what is kept, which must not be written to before they are handed on.
    this.kept.take();
    this.forgetPiece();
    this.#whole = false;
    this.#stopped = false;
    this.endWait();
    this.next.take(bytes, last);
    if (!this.holdsHead || this.#closed) return;
    this.holdsHead = false;
    this.#goOn();
    this.#owner.released();
  }

  /** The end comes behind all bytes, and behind what the filter says to the last of them. */
  #finish(): void {
    if (this.#finished || this.#closed || this.#asleep || this.suspended) return;
    const trailers = this.#trailers !== undefined && this.hooks.hasTrailers && !this.#skipped;
    if (!this.#skipped && !this.#lastShown && (this.#whole || !trailers)) this.#show(EMPTY, true);
    if (trailers && !this.#trailersShown && !this.suspended && !this.#closed) this.#showTrailers();
    if (this.#closed || this.#stopped || this.suspended || this.#finished) return;
    this.#finished = true;
    this.next.end(this.#trailers);
  }

  #showTrailers(): void {
    this.#trailersShown = true;
    this.#lastShown = true;
    this.absorb();
    const kept = this.kept.bytes;
    // The filter may still change, in this hook or later, what it keeps of the body.
    const piece = this.piece ?? { bytes: kept, end: true };
    Object.assign(piece, { bytes: kept, end: true });
    this.#apply(this.hooks.trailers(this.#trailers as FieldList), piece, kept);
  }
}
