// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import {
  BODY_NOT_ALLOWED,
  CODING_IN_1_0,
  CODING_UNKNOWN,
  LENGTH_AND_CODING,
  LENGTH_SYNTAX,
  LENGTH_TOO_LARGE,
} from "./codes.ts";
import { fail } from "./failure.ts";
import {
  CONTENT_LENGTH,
  FIELD_SIZE,
  FIELDS,
  FLAGS,
  FRAMING,
  FRAMING_CHUNKED,
  FRAMING_CLOSE,
  FRAMING_LENGTH,
  FRAMING_NONE,
  KIND_HEAD_RESPONSE,
  KIND_REQUEST,
  METHOD,
  METHOD_CONNECT,
  SAYS_CLOSE,
  TRANSFER_ENCODING,
  VALUE_END,
  VALUE_START,
  VERSION,
  WORD_CHUNKED,
} from "./layout.ts";
import { byteAt, get, put, slot } from "./memory.ts";
import { keyAt, knownName } from "./names.ts";
import { isDigit } from "./start-line.ts";

/** Decides how the body is framed (RFC 9112 6.3); false after an error. */
export function framing(kind: i32): boolean {
  const length = slot(CONTENT_LENGTH);
  const coding = slot(TRANSFER_ENCODING);
  if (length !== 0 && !contentLength(fieldOf(length))) return false;
  if (coding !== 0 && !transferCoding(fieldOf(coding), length !== 0)) return false;
  put(FRAMING, coding !== 0 ? FRAMING_CHUNKED : length !== 0 ? FRAMING_LENGTH : FRAMING_NONE);
  return kind === KIND_REQUEST ? requestFraming(length, coding) : responseFraming(kind, length, coding);
}

/** The index of a field by its number. */
export function fieldOf(number: i32): i32 {
  return FIELDS + (number - 1) * FIELD_SIZE;
}

/** The well-known word that a field's whole value is; 0 for other values. */
export function wordOf(field: i32): i32 {
  return word(get(field + VALUE_START), get(field + VALUE_END));
}

export function word(start: i32, end: i32): i32 {
  return end === start ? 0 : knownName(keyAt(start, end), start, end - start);
}

/** At most 15 digits, which a 64-bit float holds exactly, and no tab behind them: parsers disagree on that one. */
function contentLength(field: i32): boolean {
  const start = get(field + VALUE_START);
  const end = get(field + VALUE_END);
  for (let at = start; at < end; at++) if (!isDigit(byteAt(at))) return failed(LENGTH_SYNTAX, at);
  if (start === end) return failed(LENGTH_SYNTAX, start);
  for (let at = end; byteAt(at) !== 13; at++) if (byteAt(at) === 9) return failed(LENGTH_SYNTAX, at);
  return end - start <= 15 || failed(LENGTH_TOO_LARGE, start);
}

function transferCoding(field: i32, hasLength: boolean): boolean {
  const at = get(field + VALUE_START);
  if (hasLength) return failed(LENGTH_AND_CODING, at);
  if (get(VERSION) === 10) return failed(CODING_IN_1_0, at);
  return wordOf(field) === WORD_CHUNKED || failed(CODING_UNKNOWN, at);
}

/** What follows CONNECT is the tunnel, whatever the fields say: nothing may be announced (RFC 9110 9.3.6). */
function requestFraming(length: i32, coding: i32): boolean {
  return get(METHOD) !== METHOD_CONNECT || announcesNothing(length, coding);
}

function announcesNothing(length: i32, coding: i32): boolean {
  if (coding !== 0) return failed(BODY_NOT_ALLOWED, get(fieldOf(coding) + VALUE_START));
  if (length === 0 || isZero(fieldOf(length))) return true;
  return failed(BODY_NOT_ALLOWED, get(fieldOf(length) + VALUE_START));
}

function responseFraming(kind: i32, length: i32, coding: i32): boolean {
  const status = get(METHOD);
  if (status < 200 && !announcesNothing(length, coding)) return false;
  // No 204 has a body (RFC 9110 15.3.5), but one that announces a body may send it: nothing may follow it.
  const announced = coding !== 0 || (length !== 0 && !isZero(fieldOf(length)));
  if (status === 204 && announced) put(FLAGS, get(FLAGS) | SAYS_CLOSE);
  if (status < 200 || status === 204 || status === 304 || kind === KIND_HEAD_RESPONSE) put(FRAMING, FRAMING_NONE);
  else if (get(FRAMING) === FRAMING_NONE) put(FRAMING, FRAMING_CLOSE);
  return true;
}

function isZero(field: i32): boolean {
  for (let at = get(field + VALUE_START); at < get(field + VALUE_END); at++) if (byteAt(at) !== 48) return false;
  return true;
}

export function failed(code: i32, at: i32): boolean {
  fail(code, at);
  return false;
}
