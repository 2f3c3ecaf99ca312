import type { Reader } from "../binary/reader.ts";

const NAMES: Readonly<Record<number, string>> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
  112: "funcref",
  111: "externref",
};

/** A value type by name. */
export function valueType(reader: Reader): string {
  const byte = reader.byte();
  return NAMES[byte] ?? refuseType(reader, byte);
}

/** `funcref` or `externref`. */
export function referenceType(reader: Reader): string {
  const byte = reader.byte();
  return byte === 0x70 || byte === 0x6f ? (NAMES[byte] as string) : refuseType(reader, byte);
}

/** The bytes of types that some proposal has given a meaning to. */
const PROPOSED = new Set([
  0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73, 0x74,
]);

function refuseType(reader: Reader, byte: number): never {
  const got = `0x${byte.toString(16)}`;
  if (PROPOSED.has(byte)) reader.refuse(`expected a number, vector, funcref or externref, got the type ${got}`);
  return reader.fail(`expected a value type, got ${got}`);
}
