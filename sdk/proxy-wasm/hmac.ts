import { CryptoHash } from "../contract";
import { sha256 } from "../sha256";
import { sha384, sha512 } from "./sha512";

export function digestOf(algorithm: CryptoHash, data: Uint8Array): Uint8Array {
  if (algorithm === CryptoHash.Sha256) return sha256(data);
  return algorithm === CryptoHash.Sha384 ? sha384(data) : sha512(data);
}

/** RFC 2104. */
export function hmacOf(algorithm: CryptoHash, key: Uint8Array, data: Uint8Array): Uint8Array {
  const block = algorithm === CryptoHash.Sha256 ? 64 : 128;
  const short = key.length > block ? digestOf(algorithm, key) : key;
  const inner = digestOf(algorithm, padded(short, block, 0x36, data));
  return digestOf(algorithm, padded(short, block, 0x5c, inner));
}

/** The key filled up to a block, every byte turned by the pad, and the data behind it. */
function padded(key: Uint8Array, block: i32, pad: u8, data: Uint8Array): Uint8Array {
  const input = new Uint8Array(block + data.length);
  memory.copy(input.dataStart, key.dataStart, key.length);
  for (let i = 0; i < block; i++) store<u8>(input.dataStart + i, load<u8>(input.dataStart + i) ^ pad);
  memory.copy(input.dataStart + block, data.dataStart, data.length);
  return input;
}

/** Equality in time that depends on the lengths only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): bool {
  if (a.length !== b.length) return false;
  let differs: u8 = 0;
  for (let i = 0; i < a.length; i++) differs |= load<u8>(a.dataStart + i) ^ load<u8>(b.dataStart + i);
  return differs === 0;
}
