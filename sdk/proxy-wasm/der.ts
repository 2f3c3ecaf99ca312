/** Bytes of ASN.1 values in DER (X.690), as keys and signatures are written. */

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/** AlgorithmIdentifier of rsaEncryption (RFC 3279 2.3.1) and of ecPublicKey on P-256 (RFC 5480 2.1.1). */
const RSA: u8[] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const P256: u8[] = [
  0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
  0x01, 0x07,
];

/** SubjectPublicKeyInfo of an RSA key. */
export function rsaKey(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const numbers = value(SEQUENCE, joined(integer(modulus), integer(exponent)));
  return value(SEQUENCE, joined(bytesOf(RSA), bitString(numbers)));
}

/** SubjectPublicKeyInfo of a point on P-256, whose coordinates are 32 bytes each. */
export function p256Key(x: Uint8Array, y: Uint8Array): Uint8Array {
  const point = joined(bytesOf([0x04]), joined(x, y));
  return value(SEQUENCE, joined(bytesOf(P256), bitString(point)));
}

/** An ECDSA signature (RFC 3279 2.2.3) of r and s one after the other, each half of the bytes. */
export function ecdsaSignature(pair: Uint8Array): Uint8Array {
  const half = pair.length / 2;
  return value(SEQUENCE, joined(integer(pair.slice(0, half)), integer(pair.slice(half))));
}

/** A number that is not negative, in as few bytes as it takes. */
function integer(number: Uint8Array): Uint8Array {
  let from = 0;
  while (from < number.length - 1 && number[from] === 0) from++;
  const least = number.slice(from);
  const positive = least.length > 0 && least[0] < 0x80;
  return value(INTEGER, positive ? least : joined(new Uint8Array(1), least));
}

function bitString(content: Uint8Array): Uint8Array {
  return value(BIT_STRING, joined(new Uint8Array(1), content));
}

function value(tag: u8, content: Uint8Array): Uint8Array {
  const size = content.length;
  const head: u8[] = size < 0x80 ? [tag, <u8>size] : [tag, 0x82, <u8>(size >> 8), <u8>size];
  if (size >= 0x80 && size < 0x100) return joined(bytesOf([tag, 0x81, <u8>size]), content);
  return joined(bytesOf(head), content);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function bytesOf(list: u8[]): Uint8Array {
  const bytes = new Uint8Array(list.length);
  bytes.set(list);
  return bytes;
}
