const MAX_NAME: i32 = 128;
export const MAX_ATTRIBUTE_TEXT: i32 = 4096;

/** Parts of letters, digits, `_` and `-`, joined by dots; the first begins with a letter. */
export function isAttributeName(name: string): bool {
  if (name.length === 0 || name.length > MAX_NAME) return false;
  let start = true;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code === 0x2e && !start) {
      start = true;
      continue;
    }
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const mark = code === 0x2d || code === 0x5f || (code >= 0x30 && code <= 0x39);
    if (!letter && (i === 0 || !mark)) return false;
    start = false;
  }
  return !start;
}

/** Whole numbers without a point. */
export function numberText(value: f64): string {
  const whole = Math.trunc(value) === value && Math.abs(value) < 9007199254740992;
  return whole ? (<i64>value).toString() : value.toString();
}
