import type { BodyPiece } from "../../wasm/exchange.ts";
import type { GiveUp, Settle, Verdict } from "../../wasm/verdict.ts";
import { type Time, Wait, type Waiter } from "../wait.ts";
import type { BodyHooks } from "./body-hooks.ts";
import { KeptBytes } from "./kept-bytes.ts";

/** How a filter that keeps something may let it go later. */
export interface Held {
  readonly settle?: Settle | undefined;
  readonly giveUp?: GiveUp;
}

type Suspended = Extract<Verdict, { kind: "wait" }>;

const EMPTY = new Uint8Array();

/**
 * What a filter was shown of a body and has not let go, how much that may be, and how it may let go later. A class to
 * derive from: an exchange should not have two objects for each of its filters.
 */
export abstract class Keeping implements Waiter {
  /** Whether what came out differs from what came in. */
  altered = false;
  /** The most that was kept at once, in bytes. */
  mostKept = 0;
  protected readonly hooks: BodyHooks;
  protected readonly kept = new KeptBytes();
  /** What the filter was shown last, while it has not let that go, and its bytes before the filter changed them. */
  protected piece: BodyPiece | undefined = undefined;
  protected shown: Uint8Array = EMPTY;
  protected suspended = false;
  #wait: Wait | undefined = undefined;

  constructor(hooks: BodyHooks) {
    this.hooks = hooks;
  }

  abstract get time(): Time;
  abstract settled(verdict: Verdict): void;
  abstract waited(milliseconds: number): void;
  /** The filter keeps more than it may. */
  protected abstract tooLarge(): void;

  /** False where that is more than the filter may keep. */
  protected keep(bytes: Uint8Array): boolean {
    if (this.kept.length + bytes.length > this.hooks.limit) {
      this.tooLarge();
      return false;
    }
    this.kept.add(bytes);
    this.mostKept = Math.max(this.mostKept, this.kept.length);
    return true;
  }

  /** Keeps what the filter made of the piece. @param shown its bytes before the hook */
  protected keepPiece(piece: BodyPiece, shown: Uint8Array): boolean {
    const edited = piece.bytes !== shown;
    this.altered ||= edited;
    if (!edited && this.kept.length > 0) return true;
    this.kept.take();
    return this.keep(piece.bytes);
  }

  /** @param kept the piece's bytes, where they last longer than the hook */
  protected remember(piece: BodyPiece, kept: Uint8Array): void {
    piece.bytes = kept;
    this.piece = piece;
    this.shown = kept;
  }

  /** A filter may change what it keeps at any time: it is shown that again. */
  protected absorb(): void {
    const { piece } = this;
    if (piece === undefined || this.suspended || piece.bytes === this.shown) return;
    this.altered = true;
    this.kept.take();
    this.kept.add(piece.bytes);
  }

  protected forgetPiece(): void {
    this.piece = undefined;
    this.shown = EMPTY;
    this.suspended = false;
  }

  /** Keeps the piece until the filter, which cannot be shown anything meanwhile, has decided. */
  protected suspend({ settle, giveUp }: Suspended, piece: BodyPiece, shown: Uint8Array): void {
    const isOurs = this.kept.length > 0;
    const edited = piece.bytes !== shown;
    if (!isOurs && !this.keep(shown)) return;
    const edit = piece.bytes;
    this.remember(piece, isOurs ? shown : this.kept.bytes);
    if (edited) piece.bytes = edit;
    this.suspended = true;
    this.#wait?.end();
    this.#wait = new Wait(settle, this, giveUp);
    this.#wait.limit();
  }

  protected mayStillSettle({ settle }: Held): boolean {
    return settle !== undefined || this.#wait !== undefined;
  }

  /** A filter that has said before how it may let go later need not say so again. */
  protected awaitSettle({ settle, giveUp }: Held): void {
    if (settle === undefined) return;
    this.#wait?.end();
    this.#wait = new Wait(settle, this, giveUp);
  }

  /** Nothing more comes that could make the filter let go. */
  protected limitWait(): void {
    this.#wait?.limit();
  }

  protected endWait(): void {
    this.#wait?.end();
    this.#wait = undefined;
  }

  /** The wait is over. */
  protected forgetWait(): void {
    this.#wait = undefined;
  }
}
