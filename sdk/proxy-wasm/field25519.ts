// The field of integers modulo 2^255 - 19. An element is ten limbs of 8 bytes at an address, in turns of 26 and 25 bits, which may
// be negative. What `multiply` takes may be sums or differences of up to three elements that it gave; what it gives is carried.

/** Bytes of an element. */
export const SIZE: i32 = 80;

/** (p-1)/4-th power of 2: its square is -1. */
const ROOT: usize = memory.data<i64>([
  34513072, 25610706, 9377949, 3500415, 12389472, 33281959, 41962654, 31548777, 326685, 11406482,
]);

const product: usize = memory.data(80, 8);
const carried: usize = memory.data(80, 8);
const power: usize = memory.data(80, 8);
const left: usize = memory.data(32, 8);
const right: usize = memory.data(32, 8);

/** A small whole number. */
export function setNumber(out: usize, value: i64): void {
  memory.fill(out, 0, SIZE);
  store<i64>(out, value);
}

export function copy(out: usize, a: usize): void {
  memory.copy(out, a, SIZE);
}

export function add(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 80; i += 8) store<i64>(out + i, load<i64>(a + i) + load<i64>(b + i));
}

export function subtract(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 80; i += 8) store<i64>(out + i, load<i64>(a + i) - load<i64>(b + i));
}

export function negate(out: usize, a: usize): void {
  for (let i: usize = 0; i < 80; i += 8) store<i64>(out + i, -load<i64>(a + i));
}

/** `out` may be one of the factors. */
export function multiply(out: usize, a: usize, b: usize): void {
  memory.fill(product, 0, SIZE);
  for (let i: usize = 0; i < 10; i++) {
    const factor = load<i64>(a + (i << 3));
    for (let j: usize = 0; j < 10; j++) {
      // Two odd limbs weigh twice what the limb of their sum weighs; 2^255 is 19.
      let term = (factor << (<i64>(i & j & 1))) * load<i64>(b + (j << 3));
      let at = i + j;
      if (at >= 10) {
        at -= 10;
        term *= 19;
      }
      store<i64>(product + (at << 3), load<i64>(product + (at << 3)) + term);
    }
  }
  carry(product);
  carry(product);
  copy(out, product);
}

/** z^((p-5)/8) = z^(2^252 - 3). */
export function rootPower(out: usize, z: usize): void {
  copy(power, z);
  for (let bit = 250; bit >= 0; bit--) {
    multiply(power, power, power);
    if (bit !== 1) multiply(power, power, z);
  }
  copy(out, power);
}

/** 1/z = z^(2^255 - 21). */
export function invert(out: usize, z: usize): void {
  copy(power, z);
  for (let bit = 253; bit >= 0; bit--) {
    multiply(power, power, power);
    if (bit !== 2 && bit !== 4) multiply(power, power, z);
  }
  copy(out, power);
}

export function multiplyByRoot(out: usize, a: usize): void {
  multiply(out, a, ROOT);
}

/** 32 bytes, little endian; the highest bit is not part of the number. */
export function fromBytes(out: usize, bytes: usize): void {
  let bit: usize = 0;
  for (let i: usize = 0; i < 10; i++) {
    const width: usize = (i & 1) === 0 ? 26 : 25;
    let limb: u64 = 0;
    for (let n: usize = 0; n < width; n++, bit++) {
      limb |= (<u64>((load<u8>(bytes + (bit >> 3)) >> <u8>(bit & 7)) & 1)) << (<u64>n);
    }
    store<i64>(out + (i << 3), <i64>limb);
  }
}

/** The one form below p. */
export function toBytes(out: usize, a: usize): void {
  copy(carried, a);
  carry(carried);
  carry(carried);
  carry(carried);
  // Now 0 <= a < 2^255 + a little: adding 19 overflows bit 255 exactly where a >= p.
  let over: i64 = 19;
  for (let i: usize = 0; i < 10; i++) over = (load<i64>(carried + (i << 3)) + over) >> ((i & 1) === 0 ? 26 : 25);
  store<i64>(carried, load<i64>(carried) + 19 * over);
  memory.fill(out, 0, 32);
  let rest: i64 = 0;
  let bit: usize = 0;
  for (let i: usize = 0; i < 10; i++) {
    const width: usize = (i & 1) === 0 ? 26 : 25;
    rest += load<i64>(carried + (i << 3));
    for (let n: usize = 0; n < width; n++, bit++) {
      const at = out + (bit >> 3);
      store<u8>(at, load<u8>(at) | ((<u8>((rest >> <i64>n) & 1)) << (<u8>(bit & 7))));
    }
    rest >>= <i64>width;
  }
}

export function isEqual(a: usize, b: usize): bool {
  toBytes(left, a);
  toBytes(right, b);
  return memory.compare(left, right, 32) === 0;
}

export function isZero(a: usize): bool {
  toBytes(left, a);
  for (let i: usize = 0; i < 32; i += 8) if (load<u64>(left + i) !== 0) return false;
  return true;
}

export function isOdd(a: usize): bool {
  toBytes(left, a);
  return (load<u8>(left) & 1) !== 0;
}

/** Brings every limb into its width; what the last one has too much comes back to the first, 19 times. */
function carry(a: usize): void {
  let over: i64 = 0;
  for (let i: usize = 0; i < 10; i++) {
    const width: i64 = (i & 1) === 0 ? 26 : 25;
    const limb = load<i64>(a + (i << 3)) + over;
    over = limb >> width;
    store<i64>(a + (i << 3), limb - (over << width));
  }
  store<i64>(a, load<i64>(a) + 19 * over);
}
