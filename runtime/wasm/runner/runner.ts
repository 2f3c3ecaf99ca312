import type { BodyPiece, GuestExchange } from "../exchange.ts";
import type { Hook, Verdict } from "../verdict.ts";

export type RunHook = Exclude<Hook, "configure">;

/** Runs the hooks of a generation on its instances, and replaces those that fail. */
export interface Runner {
  /** @param piece of a hook for a body */
  run(hook: RunHook, exchange: GuestExchange, piece?: BodyPiece): Verdict;
  /** The exchange is over: what waits for it is given up, and nobody is told. */
  release(exchange: GuestExchange): void;
  close(): void;
  readonly traps: number;
  readonly memorySize: number;
}
