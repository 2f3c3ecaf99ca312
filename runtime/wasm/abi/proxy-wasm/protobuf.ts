/** The fields of a message whose fields are all text or bytes, by number; the last of each counts. Numbers are passed over. */
export function readFields(bytes: Uint8Array): Map<number, Uint8Array> | undefined {
  const fields = new Map<number, Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const key = varint();
    const length = varint();
    const kind = key % 8;
    if (Number.isNaN(key) || Number.isNaN(length) || (kind !== 0 && kind !== 2)) return undefined;
    if (kind === 0) continue;
    if (length > bytes.length - at) return undefined;
    fields.set(Math.floor(key / 8), bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}

/** A message of one boolean and one text, without what is the default. */
export function writeResult(result: boolean, error: string): Uint8Array {
  const text = Buffer.from(error).subarray(0, 127);
  const flag = result ? [0x08, 1] : [];
  return Buffer.from([...flag, ...(text.length === 0 ? [] : [0x12, text.length, ...text])]);
}

/** A message of fields that are text, bytes or messages. */
export function writeMessage(fields: readonly (readonly [number: number, bytes: Uint8Array])[]): Uint8Array {
  return Buffer.concat(fields.flatMap(([number, bytes]) => [varint(number * 8 + 2), varint(bytes.length), bytes]));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.of(...bytes, rest);
}
