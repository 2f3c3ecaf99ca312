import type { Code } from "../../../runtime/errors.ts";
import type { Hook } from "../../../runtime/wasm/verdict.ts";

/** What has to become of a hostile module. */
export type Expectation =
  /** It never serves: compiling or starting it fails with this code. */
  | { readonly refused: Code }
  /** It costs the request that ran the hook, which answers a fault with this code, and nobody else anything. */
  | { readonly fault: Code; readonly hook: Exclude<Hook, "configure"> }
  /** Its hook gets away with it: the host bounds what it does, and goes on. */
  | { readonly verdict: "next"; readonly hook: Exclude<Hook, "configure"> };

/** A module that means harm. */
export interface HostileCase {
  readonly name: string;
  /** What it would cost a host that took it as it comes. */
  readonly why: string;
  /** A core module of the contract, or a component. */
  build(): Uint8Array | Promise<Uint8Array>;
  readonly expect: Expectation;
}
