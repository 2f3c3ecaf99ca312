/** A text as one line of ASCII for a log: other characters as escapes, cut to a number of characters. */
export function printableLine(text: string, max: i32): string {
  const cut = text.length > max ? text.substring(0, max - 3) + "..." : text;
  let line = "";
  let from = 0;
  for (let i = 0; i < cut.length; i++) {
    const code = cut.charCodeAt(i);
    if (code >= 0x20 && code < 0x7f) continue;
    line += cut.substring(from, i) + "\\u{" + code.toString(16) + "}";
    from = i + 1;
  }
  return from === 0 ? cut : line + cut.substring(from);
}
