import type { BodyPiece, GuestExchange } from "../exchange.ts";
import type { Settle, Verdict } from "../verdict.ts";
import type { RunHook } from "./runner.ts";

/** A hook that an exchange waits for: it waits for an instance itself, or sleeps on one. */
export class Turn {
  readonly hook: Exclude<RunHook, "on-log">;
  readonly exchange: GuestExchange;
  readonly piece: BodyPiece | undefined;
  readonly waits: Verdict;
  /** When it began to wait for an instance, in milliseconds of the monotonic clock. */
  since = 0;
  #listener: ((verdict: Verdict) => void) | undefined;
  #verdict: Verdict | undefined;

  /** @param giveUp what becomes of it when nobody wants to wait any longer */
  constructor(
    hook: Exclude<RunHook, "on-log">,
    exchange: GuestExchange,
    piece: BodyPiece | undefined,
    giveUp: (turn: Turn) => void,
  ) {
    this.hook = hook;
    this.exchange = exchange;
    this.piece = piece;
    const settle: Settle = (listener) => {
      this.#listener = listener;
      const verdict = this.#verdict;
      if (verdict !== undefined) queueMicrotask(() => this.tell(verdict));
    };
    this.waits = { kind: "wait", settle, giveUp: () => giveUp(this) };
  }

  /** Never within the call that gave the verdict to wait. */
  tell(verdict: Verdict): void {
    const listener = this.#listener;
    this.#verdict = verdict;
    this.#listener = undefined;
    listener?.(verdict);
  }

  /** Nobody waits any more. */
  forget(): void {
    this.#listener = undefined;
  }
}
