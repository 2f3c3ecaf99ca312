import { CryptoVerification } from "../contract";
import { callForeign } from "./foreign";
import { outAddress, outSize } from "./received";

const HASH = "sha256";
/** Protobuf: the key of field `n` with a length (wire type 2), and of the answer's field 1 with a number. */
const LENGTH_DELIMITED: u8 = 2;
const RESULT: u8 = 0x08;

/**
 * Envoy's `verify_signature`: `hash_function`, `public_key` (SubjectPublicKeyInfo in DER), `signature` and `text` as fields 1 to 4
 * of a message.
 */
export function verifyByHost(key: Uint8Array, data: Uint8Array, signature: Uint8Array): CryptoVerification {
  const hash = Uint8Array.wrap(String.UTF8.encode(HASH));
  const argument = new ArrayBuffer(32 + hash.length + key.length + signature.length + data.length);
  let at = changetype<usize>(argument);
  at = field(at, 1, hash);
  at = field(at, 2, key);
  at = field(at, 3, signature);
  at = field(at, 4, data);
  const used = <i32>(at - changetype<usize>(argument));
  if (!callForeign("verify_signature", argument.slice(0, used))) return CryptoVerification.Unavailable;
  return isTrue() ? CryptoVerification.Valid : CryptoVerification.Invalid;
}

/** Writes a field with its length as a varint; where the next one goes. */
function field(at: usize, number: u8, value: Uint8Array): usize {
  store<u8>(at++, (number << 3) | LENGTH_DELIMITED);
  let size = value.length;
  for (; size >= 0x80; size >>= 7) store<u8>(at++, <u8>(size | 0x80));
  store<u8>(at++, <u8>size);
  memory.copy(at, value.dataStart, value.length);
  return at + value.length;
}

/** Whether field 1 of the answer, which comes first, is true. A false one is not written. */
function isTrue(): bool {
  const answer = load<usize>(outAddress);
  return load<usize>(outSize) >= 2 && load<u8>(answer) === RESULT && load<u8>(answer, 1) === 1;
}
