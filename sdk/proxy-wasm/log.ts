import { LogLevel } from "../contract";
import { proxy_log } from "./hostcalls";
import { narrow } from "./latin1";
import { takeLine } from "./moment";
import { printableLine } from "./printable-line";
import * as wire from "./wire";

const MAX_LINE: i32 = 4096;

export function logWrite(level: LogLevel, message: string): void {
  const line = printableLine(message, MAX_LINE);
  const room = takeLine(line.length);
  if (room === 1) write(level, line);
  if (room === 0) write(wire.LogLevel.Warn, "this hook's share of the log is used up");
}

/** The last words of an instance. */
export function logFault(message: string, file: string, line: u32, column: u32): void {
  const place = file + ":" + line.toString() + ":" + column.toString();
  write(wire.LogLevel.Critical, printableLine(message + " at " + place, MAX_LINE));
}

function write(level: u32, line: string): void {
  const bytes = narrow(line);
  proxy_log(level, changetype<usize>(bytes), line.length);
}
