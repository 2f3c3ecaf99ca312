/** Remembers the strings that were read from a memory. */
export interface TextCache {
  /**
   * The string of `length` code units at a byte offset; the range has been checked. Always what the memory holds now: a
   * remembered string is compared with it first.
   */
  read(bytes: Buffer, units: Uint16Array, start: number, length: number): string;
}

/** Longer strings are decoded every time: comparing them is no cheaper. */
const LONGEST = 40;
const ENTRIES = 512;

/** A direct-mapped cache: the literals of a guest lie at fixed addresses and are passed again and again. */
export function textCache(): TextCache {
  const texts: string[] = Array.from({ length: ENTRIES }, () => "");
  return {
    read(bytes, units, start, length) {
      if (length > LONGEST) return decode(bytes, start, length);
      const slot = (start >>> 1) & (ENTRIES - 1);
      const known = texts[slot] as string;
      if (known.length === length && matches(units, start >>> 1, known)) return known;
      const text = decode(bytes, start, length);
      texts[slot] = text;
      return text;
    },
  };
}

function matches(units: Uint16Array, from: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (units[from + index] !== text.charCodeAt(index)) return false;
  return true;
}

function decode(bytes: Buffer, start: number, length: number): string {
  return bytes.ucs2Slice(start, start + length * 2).toWellFormed();
}
