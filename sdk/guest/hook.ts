import { close, open } from "./memory";

let current: u32 = 0;

/** The number of the exchange that the running hook is about. */
export function currentExchange(): u32 {
  return current;
}

/** Begins a hook for an exchange. */
export function enter(exchange: u32): void {
  current = exchange;
  open();
}

/** Ends a hook. */
export function leave(): void {
  close();
}
