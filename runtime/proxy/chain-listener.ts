import type { BodySource } from "../http/exchange.ts";
import type { Direction } from "./direction.ts";
import type { Reply } from "./reply.ts";
import type { Time } from "./wait.ts";

/** A head waits at a filter: the chain's listener hears when it may go on. */
export const WAITING = "waiting";

/** What comes of a filter's hook for a head: nothing that stops it, a response in place of the backend's, or a wait. */
export type Step = Reply | typeof WAITING | undefined;

/** The exchange that a chain serves. */
export interface ChainListener {
  readonly time: Time;
  /** Hears of every fault, whether the policy lets the exchange go on or not. */
  fault(plugin: string, code: string, detail: string): void;
  /** A filter made the exchange wait for so long, in milliseconds. */
  waited(milliseconds: number): void;
  /** A filter kept so many bytes of a body. */
  kept(bytes: number): void;
  /** The head that waited may go on, by `onward` or `backward`. */
  movesOn(direction: Direction): void;
  /** A filter put this in the place of the response, whose head it was shown; earlier filters see this one. */
  replaces(reply: Reply): void;
  /** A filter answered later than in its hook for the head of the request, or too late for the response's. */
  answers(reply: Reply, direction: Direction): void;
  sourceOf(direction: Direction): BodySource;
  /** A fault of ours. */
  crashed(error: unknown): void;
}
