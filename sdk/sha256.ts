/** Square roots' and cube roots' fractions (FIPS 180-4, 4.2.2 and 5.3.3). */
const ROUNDS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
const START: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Message schedule, and the last block or two with the padding. */
const schedule: usize = memory.data(256, 4);
const tail: usize = memory.data(128, 4);

/** SHA-256 (FIPS 180-4) in the guest: for a short message it costs less than a call of the host. */
export function sha256(message: Uint8Array): Uint8Array {
  const state = new Uint8Array(32);
  const digest = state.dataStart;
  memory.copy(digest, START, 32);
  const whole = message.length & ~63;
  for (let at = 0; at < whole; at += 64) compress(digest, message.dataStart + at);
  const rest = message.length - whole;
  const blocks = rest < 56 ? 64 : 128;
  memory.fill(tail, 0, 128);
  memory.copy(tail, message.dataStart + whole, rest);
  store<u8>(tail + rest, 0x80);
  store<u64>(tail + blocks - 8, bswap<u64>((<u64>message.length) << 3));
  for (let at = 0; at < blocks; at += 64) compress(digest, tail + at);
  for (let at: usize = 0; at < 32; at += 4) store<u32>(digest + at, bswap<u32>(load<u32>(digest + at)));
  return state;
}

function expand(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap<u32>(load<u32>(block + i)));
  for (let at = schedule + 64; at < schedule + 256; at += 4) {
    const early = load<u32>(at - 60);
    const late = load<u32>(at - 8);
    const low = rotr<u32>(early, 7) ^ rotr<u32>(early, 18) ^ (early >> 3);
    const high = rotr<u32>(late, 17) ^ rotr<u32>(late, 19) ^ (late >> 10);
    store<u32>(at, load<u32>(at - 64) + low + load<u32>(at - 28) + high);
  }
}

function compress(digest: usize, block: usize): void {
  expand(block);
  let a = load<u32>(digest);
  let b = load<u32>(digest, 4);
  let c = load<u32>(digest, 8);
  let d = load<u32>(digest, 12);
  let e = load<u32>(digest, 16);
  let f = load<u32>(digest, 20);
  let g = load<u32>(digest, 24);
  let h = load<u32>(digest, 28);
  for (let i: usize = 0; i < 256; i += 4) {
    const big = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const first = h + big + (g ^ (e & (f ^ g))) + load<u32>(ROUNDS + i) + load<u32>(schedule + i);
    const small = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const second = small + ((a & b) ^ (c & (a ^ b)));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  store<u32>(digest, load<u32>(digest) + a);
  store<u32>(digest, load<u32>(digest, 4) + b, 4);
  store<u32>(digest, load<u32>(digest, 8) + c, 8);
  store<u32>(digest, load<u32>(digest, 12) + d, 12);
  store<u32>(digest, load<u32>(digest, 16) + e, 16);
  store<u32>(digest, load<u32>(digest, 20) + f, 20);
  store<u32>(digest, load<u32>(digest, 24) + g, 24);
  store<u32>(digest, load<u32>(digest, 28) + h, 28);
}
