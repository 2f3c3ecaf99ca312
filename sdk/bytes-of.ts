import { utf8 } from "./utf8";

/** A text as UTF-8, or bytes as they are. */
export function bytesOf<T>(content: T): Uint8Array {
  if (isString<T>()) return utf8.encode(content as string);
  return content as Uint8Array;
}
