/**
 * Bytes as hexadecimal digits and back.
 *
 * @example
 * ```ts
 * const digest = crypto.digest(HashAlgorithm.Sha256, utf8.encode("secret"));
 * const known = hex.decode("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b");
 * if (known !== null && crypto.equal(digest, known)) log.info(hex.encode(digest));
 * ```
 */
export namespace hex {
  /** Two lower-case digits a byte. */
  export function encode(bytes: Uint8Array): string {
    const text = changetype<string>(__new((<usize>bytes.length) << 2, idof<string>()));
    for (let i = 0; i < bytes.length; i++) {
      const byte = load<u8>(bytes.dataStart + i);
      const at = changetype<usize>(text) + ((<usize>i) << 2);
      store<u16>(at, digit(byte >> 4));
      store<u16>(at, digit(byte & 15), 2);
    }
    return text;
  }

  /** Null unless the text is pairs of hexadecimal digits. */
  export function decode(text: string): Uint8Array | null {
    if ((text.length & 1) !== 0) return null;
    const bytes = new Uint8Array(text.length >> 1);
    for (let i = 0; i < bytes.length; i++) {
      const high = valueOf(text.charCodeAt(i * 2));
      const low = valueOf(text.charCodeAt(i * 2 + 1));
      if (high < 0 || low < 0) return null;
      bytes[i] = <u8>((high << 4) | low);
    }
    return bytes;
  }
}

function digit(value: u8): u16 {
  return value < 10 ? 48 + value : 87 + value;
}

function valueOf(code: i32): i32 {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
