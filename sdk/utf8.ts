/**
 * Text as UTF-8 bytes and back.
 *
 * @example
 * ```ts
 * const bytes = utf8.encode("grüezi");
 * const text = utf8.decode(bytes);
 * if (text !== null) log.info(text);
 * ```
 */
export namespace utf8 {
  export function encode(text: string): Uint8Array {
    return Uint8Array.wrap(String.UTF8.encode(text));
  }

  /** Null when the bytes are not well-formed UTF-8 (RFC 3629): overlong forms, surrogates and cut sequences included. */
  export function decode(bytes: Uint8Array): string | null {
    if (!wellFormed(bytes.dataStart, bytes.dataStart + bytes.length)) return null;
    return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
  }
}

function wellFormed(at: usize, end: usize): bool {
  while (at < end) {
    const first = load<u8>(at);
    if (first < 0x80) {
      at++;
      continue;
    }
    const more: usize =
      first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
    if (more === 0 || at + more >= end || !secondFits(first, load<u8>(at, 1))) return false;
    for (let i: usize = 2; i <= more; i++) if ((load<u8>(at + i) & 0xc0) !== 0x80) return false;
    at += more + 1;
  }
  return true;
}

/** The second byte is a continuation, and excludes overlong forms, surrogates and what lies beyond U+10FFFF. */
function secondFits(first: u8, second: u8): bool {
  const low: u8 = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high: u8 = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}
