import type { BodyPiece } from "../wasm/exchange.ts";
import { NEXT, type Verdict } from "../wasm/verdict.ts";

/** The hooks of a filter for one direction of an exchange. */
export interface MessageHooks {
  head(): Verdict;
  /** Undefined where the filter has no hook for bodies. */
  body: ((piece: BodyPiece) => Verdict) | undefined;
}

/** What became of a message. */
export interface MessageRun {
  /** `next` when all of it went on. */
  readonly verdict: Verdict;
  /** The body as it went on, up to where the filter stopped it. */
  readonly body: Uint8Array;
}

/**
 * Puts a message through a filter as a proxy does: the head, then the body piece by piece, or whole where the head is
 * held. `done` is told within this call unless a hook waits.
 */
export function runMessage(hooks: MessageHooks, pieces: readonly Uint8Array[], done: (run: MessageRun) => void): void {
  settled(hooks.head(), (verdict) => {
    if (verdict.kind === "hold" && verdict.whole) feed(hooks, [Buffer.concat(pieces)], done);
    else if (verdict.kind === "next" || verdict.kind === "hold") feed(hooks, pieces, done);
    else done({ verdict, body: Buffer.alloc(0) });
  });
}

function feed({ body }: MessageHooks, pieces: readonly Uint8Array[], done: (run: MessageRun) => void): void {
  const out: Uint8Array[] = [];
  const finish = (verdict: Verdict): void => done({ verdict, body: Buffer.concat(out) });
  const step = (at: number, held: Uint8Array): void => {
    const next = pieces[at];
    if (next === undefined || body === undefined) {
      out.push(held, ...pieces.slice(at));
      finish(NEXT);
      return;
    }
    const piece = { bytes: held.length === 0 ? next : Buffer.concat([held, next]), end: at === pieces.length - 1 };
    settled(body(piece), (verdict) => {
      if (verdict.kind === "next") out.push(piece.bytes);
      if (verdict.kind === "next") step(at + 1, NOTHING);
      else if (verdict.kind === "hold") step(at + 1, piece.bytes);
      else finish(verdict);
    });
  };
  step(0, NOTHING);
}

const NOTHING = new Uint8Array(0);

function settled(verdict: Verdict, then: (verdict: Verdict) => void): void {
  if (verdict.kind === "wait") verdict.settle((later) => settled(later, then));
  else then(verdict);
}
