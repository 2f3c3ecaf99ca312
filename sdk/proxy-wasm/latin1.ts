/** Text of the bytes at an address, one character a byte: how HTTP fields read. */
export function widen(from: usize, size: usize): string {
  if (size === 0) return "";
  const text = changetype<string>(__new(size << 1, idof<string>()));
  let to = changetype<usize>(text);
  const end = from + size;
  for (; from + 4 <= end; from += 4, to += 8) {
    const four = <u64>load<u32>(from);
    const pairs = (four | (four << 16)) & 0x0000_ffff_0000_ffff;
    store<u64>(to, (pairs | (pairs << 8)) & 0x00ff_00ff_00ff_00ff);
  }
  for (; from < end; from++, to += 2) store<u16>(to, load<u8>(from));
  return text;
}

/** The bytes of a text whose characters are all below 256. */
export function narrow(text: string): ArrayBuffer {
  const bytes = changetype<ArrayBuffer>(__new(text.length, idof<ArrayBuffer>()));
  narrowTo(changetype<usize>(bytes), text);
  return bytes;
}

/** As `narrow`, to an address. */
export function narrowTo(to: usize, text: string): void {
  const from = changetype<usize>(text);
  const length = <usize>text.length;
  for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u16>(from + (i << 1)));
}

/** As `narrowTo`, with A to Z in lower case. */
export function narrowLowerCaseTo(to: usize, text: string): void {
  const from = changetype<usize>(text);
  const length = <usize>text.length;
  for (let i: usize = 0; i < length; i++) {
    const unit = <u32>load<u16>(from + (i << 1));
    store<u8>(to + i, unit - 0x41 < 26 ? unit | 0x20 : unit);
  }
}
