/** Framing, hop-by-hop and host-owned fields (RFC 9110 7.6.1, 8.6, 10.1.1; RFC 9112 6.1): the proxy's business. */
const FORBIDDEN: string[] = [
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "connection",
  "keep-alive",
  "proxy-connection",
  "host",
  "expect",
];

/** RFC 9110 5.6.2, the characters of a token beside letters and digits. */
const TOKEN_MARKS = "!#$%&'*+-.^_`|~";

export const MAX_NAME: i32 = 256;

/** Whether a filter must not edit fields of this name; HTTP/2's pseudo fields are forbidden too. */
export function isForbidden(lowerCase: string): bool {
  return lowerCase.startsWith(":") || FORBIDDEN.includes(lowerCase);
}

/** RFC 9110 5.1. */
export function isFieldName(name: string): bool {
  if (name.length === 0 || name.length > MAX_NAME) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const letter = code | 0x20;
    const plain = (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39);
    if (!plain && TOKEN_MARKS.indexOf(name.charAt(i)) < 0) return false;
  }
  return true;
}

/** RFC 9110 5.5: field-value without the obsolete line folding; no white space at either end. */
export function isFieldValue(value: string): bool {
  const last = value.length - 1;
  for (let i = 0; i <= last; i++) {
    const code = value.charCodeAt(i);
    if (code > 0xff || code === 0x7f) return false;
    if (code > 0x20) continue;
    if ((code !== 0x20 && code !== 0x09) || i === 0 || i === last) return false;
  }
  return true;
}
