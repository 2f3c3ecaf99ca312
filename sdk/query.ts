import { hex } from "./hex";
import { utf8 } from "./utf8";

/** The first value of a parameter in a raw query, decoded; null when it is not there or not decodable. */
export function queryValue(query: string, name: string): string | null {
  const pairs = query.split("&");
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    const equals = pair.indexOf("=");
    const key = decodeComponent(equals < 0 ? pair : pair.substring(0, equals));
    if (key !== null && key === name) return equals < 0 ? "" : decodeComponent(pair.substring(equals + 1));
  }
  return null;
}

/** Percent-decoding with `+` as space (application/x-www-form-urlencoded); null for a bad escape or bad UTF-8. */
function decodeComponent(text: string): string | null {
  if (text.indexOf("%") < 0) return text.indexOf("+") < 0 ? text : text.replaceAll("+", " ");
  const raw = utf8.encode(text);
  const bytes = new Uint8Array(raw.length);
  let length = 0;
  for (let i = 0; i < raw.length; i++, length++) {
    if (raw[i] !== 0x25) {
      bytes[length] = raw[i] === 0x2b ? 0x20 : raw[i];
      continue;
    }
    if (i + 2 >= raw.length) return null;
    const byte = hex.decode(String.fromCharCode(raw[i + 1]) + String.fromCharCode(raw[i + 2]));
    if (byte === null) return null;
    bytes[length] = byte[0];
    i += 2;
  }
  return utf8.decode(bytes.subarray(0, length));
}
