import type { Code } from "../../errors.ts";

/** A guest broke the contract or trapped. Never leaves `runtime/wasm`: a hook turns it into a verdict. */
export class GuestFault extends Error {
  override readonly name = "GuestFault";
  readonly code: Code;

  constructor(code: "GUEST_TRAP" | "GUEST_PROTOCOL" | "FUEL_EXHAUSTED", message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
