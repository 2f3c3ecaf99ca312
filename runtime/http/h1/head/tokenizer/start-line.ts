// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { BARE_CR, BARE_LF, LINE_END, VERSION_SYNTAX, VERSION_UNSUPPORTED } from "./codes.ts";
import { fail } from "./failure.ts";
import { VERSION } from "./layout.ts";
import { byteAt, put } from "./memory.ts";

/** Reads `HTTP/1.1` or `HTTP/1.0` (RFC 9112 2.3) and returns the position behind it, or -1. */
export function version(at: i32): i32 {
  if (byteAt(at) !== 72) return fail(VERSION_SYNTAX, at);
  if (byteAt(at + 1) !== 84) return fail(VERSION_SYNTAX, at + 1);
  if (byteAt(at + 2) !== 84) return fail(VERSION_SYNTAX, at + 2);
  if (byteAt(at + 3) !== 80) return fail(VERSION_SYNTAX, at + 3);
  if (byteAt(at + 4) !== 47) return fail(VERSION_SYNTAX, at + 4);
  if (!isDigit(byteAt(at + 5))) return fail(VERSION_SYNTAX, at + 5);
  if (byteAt(at + 6) !== 46) return fail(VERSION_SYNTAX, at + 6);
  const minor = byteAt(at + 7) - 48;
  if (!isDigit(minor + 48)) return fail(VERSION_SYNTAX, at + 7);
  if (byteAt(at + 5) !== 49 || minor > 1) return fail(VERSION_UNSUPPORTED, at + 5);
  put(VERSION, 10 + minor);
  return at + 8;
}

export function isDigit(byte: i32): boolean {
  return byte >= 48 && byte <= 57;
}

/** Reads CRLF and returns the position behind it, or -1. */
export function lineEnd(at: i32): i32 {
  const byte = byteAt(at);
  if (byte !== 13) return fail(byte === 10 ? BARE_LF : LINE_END, at);
  return byteAt(at + 1) === 10 ? at + 2 : fail(BARE_CR, at + 1);
}
