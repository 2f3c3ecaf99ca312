import { GuestFault } from "../guest-fault.ts";

/** A guest called `proc_exit`. */
export class GuestExit extends GuestFault {
  /** The code that it gave. */
  readonly exitCode: number;

  constructor(exitCode: number, lastWords: string) {
    super(
      "GUEST_TRAP",
      `the guest ended itself with proc_exit(${exitCode})${lastWords === "" ? "" : `: ${lastWords}`}`,
    );
    this.exitCode = exitCode;
  }
}
