import type { GuestExchange } from "../../exchange.ts";

const MOST = 64;
const MOST_BYTES = 64 * 1024;

/** What the filters of an exchange have left for each other, by path. */
const states = new WeakMap<GuestExchange, Map<string, Uint8Array>>();

export function stateOf(exchange: GuestExchange, path: string): Uint8Array | undefined {
  return states.get(exchange)?.get(path);
}

/** False when there is no room. */
export function setState(exchange: GuestExchange, path: string, value: Uint8Array): boolean {
  const state = states.get(exchange) ?? new Map<string, Uint8Array>();
  const others = [...state].reduce((sum, [key, { length }]) => (key === path ? sum : sum + length), 0);
  if (others + value.length > MOST_BYTES || (state.size >= MOST && !state.has(path))) return false;
  state.set(path, value);
  states.set(exchange, state);
  return true;
}
