// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { CONNECTION_SYNTAX, TOO_MANY_OPTIONS } from "./codes.ts";
import { fail } from "./failure.ts";
import { skipSpace } from "./field-lines.ts";
import {
  CONNECTION,
  DROP_COUNT,
  FIELD_COUNT,
  FIELD_SIZE,
  FIELDS,
  FIRST_DROPPED,
  FIRST_PROTECTED,
  FLAGS,
  HEAD_END,
  KEEP_ALIVE_FIELD,
  LAST_HOP,
  LAST_PROTECTED,
  MAX_OPTIONS,
  NAME,
  NAME_END,
  NAME_START,
  NAMES_FIELDS,
  NAMES_UPGRADE,
  OPTION_COUNT,
  OPTIONS,
  SAYS_CLOSE,
  SAYS_KEEP_ALIVE,
  TE,
  UPGRADE_FIELD,
  VALUE_END,
  VALUE_START,
  WORD_CLOSE,
} from "./layout.ts";
import { byteAt, get, put, skipToken, slot } from "./memory.ts";
import { keyAt, knownName } from "./names.ts";

/** Reads every `connection` field (RFC 9110 7.6.1); false after an error. */
export function connectionOptions(): boolean {
  const count = get(FIELD_COUNT);
  for (let i = slot(CONNECTION) - 1; i < count; i++) {
    const field = FIELDS + i * FIELD_SIZE;
    if (get(field + NAME) === CONNECTION && !options(get(field + VALUE_START), get(field + VALUE_END))) return false;
  }
  return true;
}

function options(at: i32, end: i32): boolean {
  while (at < end) {
    const stop = skipToken(at);
    if (stop > at && !option(at, stop)) return false;
    at = skipSpace(stop);
    if (at < end && byteAt(at) !== 44) {
      fail(CONNECTION_SYNTAX, at);
      return false;
    }
    at = skipSpace(at + 1);
  }
  return true;
}

function option(start: i32, end: i32): boolean {
  const id = knownName(keyAt(start, end), start, end - start);
  if (id === WORD_CLOSE) put(FLAGS, get(FLAGS) | SAYS_CLOSE);
  else if (id === KEEP_ALIVE_FIELD) put(FLAGS, get(FLAGS) | SAYS_KEEP_ALIVE);
  else if (id === UPGRADE_FIELD) put(FLAGS, get(FLAGS) | NAMES_UPGRADE);
  else if (id !== TE) return named(start, end);
  return true;
}

function named(start: i32, end: i32): boolean {
  const count = get(OPTION_COUNT);
  if (count === MAX_OPTIONS) {
    fail(TOO_MANY_OPTIONS, start);
    return false;
  }
  put(OPTIONS + count * 2, start);
  put(OPTIONS + count * 2 + 1, end);
  put(OPTION_COUNT, count + 1);
  put(FLAGS, get(FLAGS) | NAMES_FIELDS);
  return true;
}

/** Writes the ranges of the lines that are not copied: about this connection only, or written anew by the codec. */
export function dropLines(): void {
  const count = get(FIELD_COUNT);
  let next = FIELDS + count * FIELD_SIZE;
  const first = next;
  let previousEnd = -1;
  for (let i = 0; i < count; i++) {
    const field = FIELDS + i * FIELD_SIZE;
    if (!isDropped(field)) continue;
    const start = get(field + NAME_START);
    const end = i + 1 < count ? get(field + FIELD_SIZE + NAME_START) : get(HEAD_END) - 2;
    if (start === previousEnd) next -= 2;
    else put(next, start);
    put(next + 1, end);
    next += 2;
    previousEnd = end;
  }
  put(DROP_COUNT, (next - first) >> 1);
}

function isDropped(field: i32): boolean {
  const name = get(field + NAME);
  if (name >= FIRST_DROPPED && name <= LAST_HOP) return true;
  if (get(OPTION_COUNT) === 0) return false;
  if (name >= FIRST_PROTECTED && name <= LAST_PROTECTED) return false;
  return isNamed(get(field + NAME_START), get(field + NAME_END));
}

function isNamed(start: i32, end: i32): boolean {
  const count = get(OPTION_COUNT);
  for (let i = 0; i < count; i++) {
    const option = get(OPTIONS + i * 2);
    if (get(OPTIONS + i * 2 + 1) - option === end - start && sameToken(start, option, end - start)) return true;
  }
  return false;
}

function sameToken(one: i32, other: i32, length: i32): boolean {
  for (let i = 0; i < length; i++) if (lower(byteAt(one + i)) !== lower(byteAt(other + i))) return false;
  return true;
}

export function lower(byte: i32): i32 {
  return byte >= 65 && byte <= 90 ? byte | 32 : byte;
}
