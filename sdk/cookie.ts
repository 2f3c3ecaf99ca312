/** The value of a cookie in one `cookie` header (RFC 6265 section 4.2.1), without quotes; null when it is not there. */
export function cookieValue(header: string, name: string): string | null {
  let start = 0;
  while (start < header.length) {
    let end = header.indexOf(";", start);
    if (end < 0) end = header.length;
    const equals = header.indexOf("=", start);
    if (equals >= 0 && equals < end && header.substring(start, equals).trim() === name) {
      return unquote(header.substring(equals + 1, end).trim());
    }
    start = end + 1;
  }
  return null;
}

function unquote(value: string): string {
  const quoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return quoted ? value.substring(1, value.length - 1) : value;
}
