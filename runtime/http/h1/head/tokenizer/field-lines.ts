// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import {
  BARE_CR,
  BARE_LF,
  CODING_REPEATED,
  EXPECTATION,
  FOLDED_LINE,
  HOST_REPEATED,
  LENGTH_REPEATED,
  NAME_EMPTY,
  NAME_SPACE,
  NAME_SYNTAX,
  TOO_MANY_FIELDS,
  VALUE_CONTROL,
  VALUE_NUL,
} from "./codes.ts";
import { fail } from "./failure.ts";
import {
  CONTENT_LENGTH,
  EXPECT,
  FIELD_COUNT,
  FIELD_SIZE,
  FIELDS,
  HOST,
  KIND_REQUEST,
  KIND_TRAILERS,
  NAME,
  NAME_END,
  NAME_START,
  TRANSFER_ENCODING,
  VALUE_END,
  VALUE_START,
} from "./layout.ts";
import { byteAt, put, setSlot, skipText, skipToken, slot } from "./memory.ts";
import { keyAt, knownName } from "./names.ts";

/** Reads field lines up to the empty one (RFC 9112 5) and returns the position behind that, or -1. */
export function fieldLines(kind: i32, first: i32, maxFields: i32): i32 {
  let at = first;
  let count = 0;
  while (true) {
    const nameEnd = skipToken(at);
    if (byteAt(nameEnd) !== 58 || nameEnd === at) break;
    if (count === maxFields) return fail(TOO_MANY_FIELDS, at);
    const start = skipSpace(nameEnd + 1);
    const stop = skipText(start);
    if (byteAt(stop) !== 13 || byteAt(stop + 1) !== 10) return valueFault(stop);
    const id = note(FIELDS + count * FIELD_SIZE, at, nameEnd, start, trimmed(start, stop));
    count++;
    if (id !== 0 && !firstOf(kind, id, count)) return fail(repetition(id), at);
    at = stop + 2;
  }
  put(FIELD_COUNT, count);
  return byteAt(at) === 13 && byteAt(at + 1) === 10 ? at + 2 : nameFault(at);
}

function note(index: i32, nameStart: i32, nameEnd: i32, valueStart: i32, valueEnd: i32): i32 {
  const key = keyAt(nameStart, nameEnd);
  const id = knownName(key, nameStart, nameEnd - nameStart);
  put(index + NAME_START, nameStart);
  put(index + NAME_END, nameEnd);
  put(index + VALUE_START, valueStart);
  put(index + VALUE_END, valueEnd);
  put(index + NAME, id === 0 ? key : id);
  return id;
}

export function skipSpace(at: i32): i32 {
  while (byteAt(at) === 32 || byteAt(at) === 9) at++;
  return at;
}

export function trimmed(start: i32, end: i32): i32 {
  while (end > start && (byteAt(end - 1) === 32 || byteAt(end - 1) === 9)) end--;
  return end;
}

/** Notes the first field of a name; false for a second one where there may be one only. */
function firstOf(kind: i32, id: i32, count: i32): boolean {
  if (slot(id) === 0) {
    setSlot(id, count);
    return true;
  }
  if (kind === KIND_TRAILERS) return true;
  if (id === CONTENT_LENGTH || id === TRANSFER_ENCODING) return false;
  return kind !== KIND_REQUEST || (id !== HOST && id !== EXPECT);
}

function repetition(id: i32): i32 {
  if (id === HOST) return HOST_REPEATED;
  if (id === EXPECT) return EXPECTATION;
  return id === CONTENT_LENGTH ? LENGTH_REPEATED : CODING_REPEATED;
}

function valueFault(at: i32): i32 {
  const byte = byteAt(at);
  if (byte === 13) return fail(BARE_CR, at + 1);
  if (byte === 10) return fail(BARE_LF, at);
  return fail(byte === 0 ? VALUE_NUL : VALUE_CONTROL, at);
}

/** What is wrong with a line that has no name and is not empty. */
function nameFault(start: i32): i32 {
  const at = skipToken(start);
  const byte = byteAt(at);
  if (at > start) return fail(byte === 32 || byte === 9 ? NAME_SPACE : NAME_SYNTAX, at);
  if (byte === 13) return fail(BARE_CR, at + 1);
  if (byte === 10) return fail(BARE_LF, at);
  if (byte === 58) return fail(NAME_EMPTY, at);
  return fail(byte === 32 || byte === 9 ? FOLDED_LINE : NAME_SYNTAX, at);
}
