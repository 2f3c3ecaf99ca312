import {
  add,
  fromBytes,
  invert,
  isEqual,
  isOdd,
  isZero,
  multiply,
  multiplyByRoot,
  negate,
  rootPower,
  SIZE,
  setNumber,
  subtract,
  toBytes,
} from "./field25519";
import { sha512 } from "./sha512";

// Verification of Ed25519 (RFC 8032 5.1.7). All of its inputs are public, so that nothing runs in constant time. A point is X, Y,
// Z and T = XY/Z, one field element after another.

/** The constants of the curve, d and 2d. */
const D: usize = memory.data<i64>([
  56195235, 13857412, 51736253, 6949390, 114729, 24766616, 60832955, 30306712, 48412415, 21499315,
]);
const TWICE_D: usize = memory.data<i64>([
  45281625, 27714825, 36363642, 13898781, 229458, 15978800, 54557047, 27058993, 29715967, 9444199,
]);
/** The order of the base point. */
const ORDER: usize = memory.data<u64>([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0x0000000000000000, 0x1000000000000000]);
/** The base point's y, 4/5, as it is encoded; its x is even. */
const BASE: usize = memory.data<u64>([0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666]);

const Y: usize = SIZE;
const Z: usize = 2 * SIZE;
const T: usize = 3 * SIZE;

const base: usize = memory.data(320, 8);
const key: usize = memory.data(320, 8);
const both: usize = memory.data(320, 8);
const sum: usize = memory.data(320, 8);
/** Elements in between. */
const a: usize = memory.data(80, 8);
const b: usize = memory.data(80, 8);
const c: usize = memory.data(80, 8);
const d: usize = memory.data(80, 8);
const e: usize = memory.data(80, 8);
const f: usize = memory.data(80, 8);
const g: usize = memory.data(80, 8);
const h: usize = memory.data(80, 8);
const scalar: usize = memory.data(32, 8);
const encoded: usize = memory.data(32, 8);

/** @param publicKey 32 bytes */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): bool {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const r = signature.dataStart;
  const s = r + 32;
  if (!isBelowOrder(s) || !decode(key, publicKey.dataStart) || !decode(base, BASE)) return false;
  negate(key, key);
  negate(key + T, key + T);
  reduce(scalar, hash(r, publicKey, message).dataStart);
  multiplyBoth(s, scalar);
  encode(encoded, sum);
  return memory.compare(encoded, r, 32) === 0;
}

function hash(r: usize, publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const input = new Uint8Array(64 + message.length);
  memory.copy(input.dataStart, r, 32);
  memory.copy(input.dataStart + 32, publicKey.dataStart, 32);
  memory.copy(input.dataStart + 64, message.dataStart, message.length);
  return sha512(input);
}

/** sum = s * base + k * key, bit by bit from the highest. */
function multiplyBoth(s: usize, k: usize): void {
  copyPoint(both, base);
  addPoint(both, key);
  setNumber(sum, 0);
  setNumber(sum + Y, 1);
  setNumber(sum + Z, 1);
  setNumber(sum + T, 0);
  for (let bit = 252; bit >= 0; bit--) {
    doublePoint(sum);
    const inS = bitAt(s, bit);
    const inK = bitAt(k, bit);
    if (inS && inK) addPoint(sum, both);
    else if (inS) addPoint(sum, base);
    else if (inK) addPoint(sum, key);
  }
}

function bitAt(number: usize, bit: i32): bool {
  return ((load<u8>(number + (bit >> 3)) >> <u8>(bit & 7)) & 1) !== 0;
}

/** p += q: unified addition in extended coordinates (Hisil and others 2008, with a = -1). */
function addPoint(p: usize, q: usize): void {
  subtract(a, p + Y, p);
  subtract(b, q + Y, q);
  multiply(a, a, b);
  add(b, p + Y, p);
  add(c, q + Y, q);
  multiply(b, b, c);
  multiply(c, p + T, q + T);
  multiply(c, c, TWICE_D);
  multiply(d, p + Z, q + Z);
  add(d, d, d);
  finish(p);
}

/** p += p, by the formulas for doubling of the same paper. */
function doublePoint(p: usize): void {
  multiply(a, p, p);
  multiply(b, p + Y, p + Y);
  multiply(c, p + Z, p + Z);
  add(c, c, c);
  add(h, a, b);
  add(d, p, p + Y);
  multiply(d, d, d);
  subtract(e, h, d);
  subtract(g, a, b);
  add(f, c, g);
  product(p);
}

function finish(p: usize): void {
  subtract(e, b, a);
  subtract(f, d, c);
  add(g, d, c);
  add(h, b, a);
  product(p);
}

function product(p: usize): void {
  multiply(p, e, f);
  multiply(p + Y, g, h);
  multiply(p + Z, f, g);
  multiply(p + T, e, h);
}

function copyPoint(out: usize, p: usize): void {
  memory.copy(out, p, 4 * SIZE);
}

/** RFC 8032 5.1.3; false for what is no point of the curve. */
function decode(out: usize, bytes: usize): bool {
  const y = out + Y;
  fromBytes(y, bytes);
  setNumber(out + Z, 1);
  multiply(a, y, y);
  multiply(b, a, D);
  subtract(a, a, out + Z);
  add(b, b, out + Z);
  root(out);
  multiply(c, out, out);
  multiply(c, c, b);
  if (!isEqual(c, a)) {
    negate(d, a);
    if (!isEqual(c, d)) return false;
    multiplyByRoot(out, out);
  }
  const odd = load<u8>(bytes, 31) >> 7 !== 0;
  if (odd && isZero(out)) return false;
  if (isOdd(out) !== odd) negate(out, out);
  multiply(out + T, out, y);
  return true;
}

/** a * b^3 * (a * b^7)^((p-5)/8): a root of a/b where there is one, up to a root of -1. */
function root(out: usize): void {
  multiply(c, b, b);
  multiply(c, c, b);
  multiply(d, c, c);
  multiply(d, d, b);
  multiply(d, d, a);
  rootPower(d, d);
  multiply(d, d, c);
  multiply(out, d, a);
}

function encode(out: usize, p: usize): void {
  invert(a, p + Z);
  multiply(b, p, a);
  multiply(c, p + Y, a);
  toBytes(out, c);
  if (isOdd(b)) store<u8>(out, load<u8>(out, 31) | 0x80, 31);
}

function isBelowOrder(s: usize): bool {
  for (let at: i32 = 24; at >= 0; at -= 8) {
    const limb = load<u64>(s + at);
    const bound = load<u64>(ORDER + at);
    if (limb !== bound) return limb < bound;
  }
  return false;
}

/** 64 bytes modulo the order, bit by bit from the highest. */
function reduce(out: usize, wide: usize): void {
  memory.fill(out, 0, 32);
  for (let bit = 511; bit >= 0; bit--) {
    let over: u64 = u64(bitAt(wide, bit));
    for (let at: usize = 0; at < 32; at += 8) {
      const limb = load<u64>(out + at);
      store<u64>(out + at, (limb << 1) | over);
      over = limb >> 63;
    }
    if (!isBelowOrder(out)) subtractOrder(out);
  }
}

function subtractOrder(number: usize): void {
  let borrow: u64 = 0;
  for (let at: usize = 0; at < 32; at += 8) {
    const limb = load<u64>(number + at);
    const taken = load<u64>(ORDER + at);
    store<u64>(number + at, limb - taken - borrow);
    borrow = u64(limb < taken || (limb === taken && borrow !== 0));
  }
}
