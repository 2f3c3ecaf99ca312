// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { byteAt } from "./memory.ts";

/** Whether the range is a host with an optional port, without userinfo (RFC 9110 4.2, 7.2); names as DNS has them. */
export function isAuthority(start: i32, end: i32, portNeeded: boolean): boolean {
  const hostEnd = byteAt(start) === 91 ? bracketEnd(start, end) : nameEnd(start, end);
  if (hostEnd === start || hostEnd < 0) return false;
  if (hostEnd === end) return !portNeeded;
  return byteAt(hostEnd) === 58 && isPort(hostEnd + 1, end);
}

function nameEnd(at: i32, end: i32): i32 {
  while (at < end && isNameByte(byteAt(at))) at++;
  return at;
}

function isNameByte(byte: i32): boolean {
  return isAlphanumeric(byte) || byte === 45 || byte === 46 || byte === 95 || byte === 126;
}

function isAlphanumeric(byte: i32): boolean {
  const lower = byte | 32;
  return (byte >= 48 && byte <= 57) || (lower >= 97 && lower <= 122);
}

/** Behind the `]` of an IPv6 address; -1 without one. */
function bracketEnd(start: i32, end: i32): i32 {
  let colons = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = byteAt(at);
    if (byte === 93) return colons >= 2 ? at + 1 : -1;
    if (byte === 58) colons++;
    else if (byte !== 46 && !isHexDigit(byte)) return -1;
  }
  return -1;
}

function isHexDigit(byte: i32): boolean {
  const lower = byte | 32;
  return (byte >= 48 && byte <= 57) || (lower >= 97 && lower <= 102);
}

function isPort(at: i32, end: i32): boolean {
  if (at === end || end - at > 5) return false;
  let port = 0;
  for (; at < end; at++) {
    const byte = byteAt(at);
    if (byte < 48 || byte > 57) return false;
    port = port * 10 + byte - 48;
  }
  return port <= 65535;
}
