/**
 * Fast hashes for splitting traffic. Not for security: use `crypto.digest`.
 *
 * @example
 * ```ts
 * const user = attributes.text("auth.subject");
 * if (user !== null && hash.fraction(user, "canary-2026") < 0.05) routing.chooseBackend("shop/orders-v2:8080");
 * ```
 */
export namespace hash {
  /** MurmurHash3 (x86, 32 bits) of the UTF-16 code units. */
  export function text(value: string, seed: u32 = 0): u32 {
    const size = (<usize>value.length) << 1;
    const start = changetype<usize>(value);
    let state = seed;
    let at: usize = 0;
    for (; at + 4 <= size; at += 4) state = rotl<u32>(state ^ scramble(load<u32>(start + at)), 13) * 5 + 0xe6546b64;
    if (at < size) state ^= scramble(load<u16>(start + at));
    return finish(state ^ <u32>size);
  }

  /**
   * An evenly spread number from 0 up to but not including 1, always the same for the same value and salt. Different salts
   * give independent splits.
   */
  export function fraction(value: string, salt: string = ""): f64 {
    return <f64>text(value, text(salt)) / 4294967296.0;
  }
}

function scramble(block: u32): u32 {
  return rotl<u32>(block * 0xcc9e2d51, 15) * 0x1b873593;
}

function finish(state: u32): u32 {
  state = (state ^ (state >> 16)) * 0x85ebca6b;
  state = (state ^ (state >> 13)) * 0xc2b2ae35;
  return state ^ (state >> 16);
}
