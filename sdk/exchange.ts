import { currentExchange } from "./guest/hook";

/**
 * The exchange, one request and its response, that the running hook is about.
 *
 * @example
 * ```ts
 * log.debug("exchange " + exchange.id().toString());
 * ```
 */
export namespace exchange {
  /** The same number in every hook of this exchange, and no other exchange's while this one lives. */
  export function id(): u32 {
    return currentExchange();
  }
}
