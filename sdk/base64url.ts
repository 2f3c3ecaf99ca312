const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Bytes as base64url without padding (RFC 4648 section 5, as JOSE uses it) and back.
 *
 * @example
 * ```ts
 * const payload = base64url.decode("eyJzdWIiOiJhbGljZSJ9");
 * if (payload !== null) {
 *   const text = utf8.decode(payload);
 *   if (text !== null) log.info(text);
 * }
 * ```
 */
export namespace base64url {
  export function encode(bytes: Uint8Array): string {
    const length = bytes.length;
    const text = changetype<string>(__new(((<usize>length * 4 + 2) / 3) << 1, idof<string>()));
    let at = changetype<usize>(text);
    for (let i = 0; i < length; i += 3) {
      const rest = min(length - i, 3);
      let bits: u32 = (<u32>bytes[i]) << 16;
      if (rest > 1) bits |= (<u32>bytes[i + 1]) << 8;
      if (rest > 2) bits |= bytes[i + 2];
      for (let n = 0; n <= rest; n++, at += 2) store<u16>(at, <u16>ALPHABET.charCodeAt((bits >> (18 - 6 * n)) & 63));
    }
    return text;
  }

  /**
   * Null unless the text is exactly what `encode` gives for some bytes: no padding, no other characters, and unused bits 0,
   * so that no two texts mean the same bytes.
   */
  export function decode(text: string): Uint8Array | null {
    const length = text.length;
    if ((length & 3) === 1) return null;
    const bytes = new Uint8Array((length * 3) >> 2);
    let bits: u32 = 0;
    let count = 0;
    let at = bytes.dataStart;
    for (let i = 0; i < length; i++) {
      const value = valueOf(text.charCodeAt(i));
      if (value < 0) return null;
      bits = (bits << 6) | value;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      store<u8>(at++, <u8>(bits >> count));
    }
    return (bits & ((1 << count) - 1)) === 0 ? bytes : null;
  }
}

function valueOf(code: i32): i32 {
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 48 && code <= 57) return code + 4;
  return code === 45 ? 62 : code === 95 ? 63 : -1;
}
