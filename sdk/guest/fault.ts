import * as host from "../host";

/** What `abort`, `assert` and `throw` come to: the host learns message and place, then this instance traps. */
export function fault(message: string | null = null, file: string | null = null, line: u32 = 0, column: u32 = 0): void {
  host.logFault(message === null ? "" : message, file === null ? "" : file, line, column);
  unreachable();
}
