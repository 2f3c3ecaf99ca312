/** Digits that a u64 takes without overflow. */
const MAX_DIGITS: i32 = 19;
/** The largest power of ten that an f64 holds exactly. */
const EXACT_POWER: i32 = 22;
/** Beyond this everything is 0 or infinite, however many digits there are in a text of sane length. */
const MAX_EXPONENT: i32 = 100000;

/**
 * The value of a JSON number, which the caller has checked to be one. Exact where digits and exponent are few (up to 15
 * digits and 10^22), else right to within a few units in the last place. The standard library's `parseFloat` is not used: it
 * reads "9.024730497418961e+38" as 9.02e37.
 */
export function decimal(text: string, start: i32, end: i32): f64 {
  const negative = text.charCodeAt(start) === 0x2d;
  let digits: u64 = 0;
  let count = 0;
  let exponent = 0;
  let fraction = false;
  let at = negative ? start + 1 : start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      fraction = true;
      continue;
    }
    if (code < 0x30 || code > 0x39) break;
    if (count < MAX_DIGITS) {
      digits = digits * 10 + (code - 0x30);
      if (digits !== 0) count++;
      if (fraction) exponent--;
    } else if (!fraction) {
      exponent++;
    }
  }
  const value = scale(<f64>digits, exponent + exponentAt(text, at, end));
  return negative ? -value : value;
}

/** The number after `e` or `E`; 0 when there is none. */
function exponentAt(text: string, at: i32, end: i32): i32 {
  if (at >= end) return 0;
  const sign = text.charCodeAt(++at);
  if (sign === 0x2b || sign === 0x2d) at++;
  let exponent = 0;
  for (; at < end && exponent < MAX_EXPONENT; at++) exponent = exponent * 10 + (text.charCodeAt(at) - 0x30);
  return sign === 0x2d ? -exponent : exponent;
}

/** In steps, so that a power that alone would overflow or vanish does not when the digits make up for it. */
function scale(value: f64, exponent: i32): f64 {
  if (value === 0) return 0;
  while (exponent < 0 && value !== 0) {
    const step = min(-exponent, exponent < -EXACT_POWER ? 290 : EXACT_POWER);
    value /= 10 ** step;
    exponent += step;
  }
  while (exponent > 0 && isFinite(value)) {
    const step = min(exponent, exponent > EXACT_POWER ? 290 : EXACT_POWER);
    value *= 10 ** step;
    exponent -= step;
  }
  return value;
}
