import type { Interface, WitFunction } from "./contract.ts";

/**
 * The functions that keep a guest asleep until the host has an answer. The contract's text cannot say so: the `async` of WIT
 * would change how they are called.
 */
const SUSPENDING: ReadonlySet<string> = new Set(["http-client.send"]);

export function isSuspending(owner: Interface, fn: WitFunction): boolean {
  return SUSPENDING.has(`${owner.name}.${fn.name}`);
}
