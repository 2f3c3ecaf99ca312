// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { REASON_SYNTAX, STATUS_SYNTAX } from "./codes.ts";
import { fail } from "./failure.ts";
import { METHOD, TARGET_END, TARGET_START } from "./layout.ts";
import { byteAt, put, skipText } from "./memory.ts";
import { isDigit, lineEnd, version } from "./start-line.ts";

/** Reads the status line (RFC 9112 4) and returns the position behind it, or -1. */
export function statusLine(start: i32): i32 {
  const at = version(start);
  if (at < 0) return -1;
  if (byteAt(at) !== 32) return fail(STATUS_SYNTAX, at);
  let status = 0;
  for (let i = at + 1; i < at + 4; i++) {
    if (!isDigit(byteAt(i))) return fail(STATUS_SYNTAX, i);
    status = status * 10 + byteAt(i) - 48;
  }
  if (status < 100 || status > 599) return fail(STATUS_SYNTAX, at + 1);
  if (byteAt(at + 4) !== 32) return fail(STATUS_SYNTAX, at + 4);
  put(METHOD, status);
  const reasonEnd = skipText(at + 5);
  put(TARGET_START, at + 5);
  put(TARGET_END, reasonEnd);
  if (byteAt(reasonEnd) !== 13 && byteAt(reasonEnd) !== 10) return fail(REASON_SYNTAX, reasonEnd);
  return lineEnd(reasonEnd);
}
