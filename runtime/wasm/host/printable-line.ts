/** C0 and C1 controls, line and paragraph separators, and bidirectional formatting: what can forge or hide log lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A guest's text as one line for a log: without control characters, cut to a number of characters. */
export function printableLine(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.replace(UNPRINTABLE, (one) => `\\u{${(one.codePointAt(0) as number).toString(16)}}`).toWellFormed();
}
