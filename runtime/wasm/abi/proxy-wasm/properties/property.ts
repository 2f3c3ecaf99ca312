import type { StreamContext } from "../contexts.ts";
import type { GuestVm } from "../guest-vm.ts";
import { encodePairs, type Pair } from "../pairs.ts";

/** A value before it is encoded: bytes, and text of one byte a character, as they are, numbers as int64, booleans as one byte, pairs as a map. */
export type Property = string | number | bigint | boolean | Uint8Array | readonly Pair[] | undefined;

/** What a path of segments joined by NUL means to an exchange. */
export type Facts = Readonly<Record<string, (stream: StreamContext, vm: GuestVm) => Property>>;

/** As Envoy encodes what it answers (`serializeValue`). */
export function encodeProperty(value: Property): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  if (typeof value === "string") return Buffer.from(value, "latin1");
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value === "object") return encodePairs(value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}
