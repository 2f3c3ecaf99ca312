/** The digests of the keys that are accepted, and whose they are. */
export class Keyring {
  private readonly consumers: string[] = [];
  /** Four words of 64 bits a digest. */
  private readonly words: u64[] = [];
  /** The first word of each digest: of thousands, each is compared with those alone that begin as it does. */
  private readonly firsts: Set<u64> = new Set<u64>();

  /** Adds a SHA-256 digest in lower-case hex; the answer is why it cannot be added, or null. */
  add(consumer: string, hex: string): string | null {
    const digest = fromHex(hex);
    if (digest === null) return "expected a SHA-256 digest as 64 lower-case hex digits for the consumer " + consumer;
    const first = load<u64>(digest.dataStart);
    if (this.firsts.has(first) && this.find(digest) !== null)
      return "the same key is listed twice, the second time for " + consumer;
    this.firsts.add(first);
    this.consumers.push(consumer);
    for (let i = 0; i < 32; i += 8) this.words.push(load<u64>(digest.dataStart + i));
    return null;
  }

  /** All digests, one behind the other. */
  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.words.length << 3);
    memory.copy(bytes.dataStart, this.words.dataStart, bytes.length);
    return bytes;
  }

  /** Whose key has this digest. Looks at every entry, and does not branch on what it sees there. */
  find(digest: Uint8Array): string | null {
    const at = digest.dataStart;
    const a = load<u64>(at);
    const b = load<u64>(at, 8);
    const c = load<u64>(at, 16);
    const d = load<u64>(at, 24);
    let found = -1;
    for (let i = 0, word = 0; i < this.consumers.length; i++, word += 4) {
      const differs =
        (a ^ unchecked(this.words[word])) |
        (b ^ unchecked(this.words[word + 1])) |
        (c ^ unchecked(this.words[word + 2])) |
        (d ^ unchecked(this.words[word + 3]));
      found = select<i32>(i, found, differs === 0);
    }
    return found < 0 ? null : this.consumers[found];
  }
}

function fromHex(hex: string): Uint8Array | null {
  if (hex.length !== 64) return null;
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 64; i++) {
    const code = hex.charCodeAt(i);
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
    if (digit < 0) return null;
    bytes[i >> 1] = <u8>((bytes[i >> 1] << 4) | digit);
  }
  return bytes;
}
