/**
 * A keyed hash of a text: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012) over its UTF-16 code units. Who
 * does not know the secret can neither find texts that collide nor learn anything from the time that comparisons take.
 */
export class Fingerprint {
  low: u64 = 0;
  high: u64 = 0;

  /** @param secret of which the first 16 bytes count */
  take(text: string, secret: Uint8Array): void {
    let a = load<u64>(secret.dataStart) ^ wide(0x736f6d65, 0x70736575);
    let b = load<u64>(secret.dataStart, 8) ^ wide(0x646f7261, 0x6e646f6d) ^ 0xee;
    let c = load<u64>(secret.dataStart) ^ wide(0x6c796765, 0x6e657261);
    let d = load<u64>(secret.dataStart, 8) ^ wide(0x74656462, 0x79746573);
    const start = changetype<usize>(text);
    const words = text.length >> 2;
    // One step for each word and for the rest of the text, and one for each half of the output.
    for (let step = 0; step < words + 3; step++) {
      const word = step < words ? load<u64>(start + ((<usize>step) << 3)) : step === words ? rest(text) : 0;
      if (step === words + 1) c ^= 0xee;
      if (step === words + 2) {
        this.low = a ^ b ^ c ^ d;
        b ^= 0xdd;
      }
      d ^= word;
      for (let rounds = step <= words ? 2 : 4; rounds > 0; rounds--) {
        a += b;
        b = rotl<u64>(b, 13) ^ a;
        a = rotl<u64>(a, 32);
        c += d;
        d = rotl<u64>(d, 16) ^ c;
        a += d;
        d = rotl<u64>(d, 21) ^ a;
        c += b;
        b = rotl<u64>(b, 17) ^ c;
        c = rotl<u64>(c, 32);
      }
      a ^= word;
    }
    this.high = a ^ b ^ c ^ d;
  }
}

function wide(high: u32, low: u32): u64 {
  return ((<u64>high) << 32) | low;
}

/** What does not fill a word, and the number of bytes above it. */
function rest(text: string): u64 {
  const size = (<usize>text.length) << 1;
  let word = (<u64>size) << 56;
  for (let at = size & ~7; at < size; at += 2) {
    word |= (<u64>load<u16>(changetype<usize>(text) + at)) << ((<u64>(at & 7)) << 3);
  }
  return word;
}
