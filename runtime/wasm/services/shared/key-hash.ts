/** A keyed hash of a string; `low` and `high` are never both 0. */
export interface KeyHash {
  low: number;
  high: number;
}

/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein, 2012) over a string's UTF-16 code units, two to a word.
 * Clients choose the names of buckets and keys: without the secret they cannot make two of them collide.
 */
export function hashKey(text: string, secret: readonly [number, number], into: KeyHash): void {
  const state = STATE;
  state[0] = secret[0];
  state[1] = secret[1] ^ 0xee;
  state[2] = 0x6c796765 ^ secret[0];
  state[3] = 0x74656462 ^ secret[1];
  const pairs = text.length & ~1;
  for (let i = 0; i < pairs; i += 2) absorb(state, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
  const rest = pairs < text.length ? text.charCodeAt(pairs) : 0;
  absorb(state, rest | ((text.length & 0xff) << 24));
  absorb(state, text.length);
  state[2] = (state[2] as number) ^ 0xee;
  for (let i = 0; i < 4; i++) round(state);
  into.low = (state[1] as number) ^ (state[3] as number);
  state[1] = (state[1] as number) ^ 0xdd;
  for (let i = 0; i < 4; i++) round(state);
  into.high = (state[1] as number) ^ (state[3] as number) || 1;
}

const STATE = new Int32Array(4);

function absorb(state: Int32Array, word: number): void {
  state[3] = (state[3] as number) ^ word;
  round(state);
  round(state);
  state[0] = (state[0] as number) ^ word;
}

function round(state: Int32Array): void {
  let [a, b, c, d] = [state[0] as number, state[1] as number, state[2] as number, state[3] as number];
  a = (a + b) | 0;
  b = ((b << 5) | (b >>> 27)) ^ a;
  a = (a << 16) | (a >>> 16);
  c = (c + d) | 0;
  d = ((d << 8) | (d >>> 24)) ^ c;
  a = (a + d) | 0;
  d = ((d << 7) | (d >>> 25)) ^ a;
  c = (c + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ c;
  c = (c << 16) | (c >>> 16);
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}
