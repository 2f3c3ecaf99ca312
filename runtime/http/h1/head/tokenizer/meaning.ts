// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { isAuthority } from "./authority.ts";
import { EXPECTATION, HOST_MISSING, HOST_SYNTAX } from "./codes.ts";
import { connectionOptions, dropLines, lower } from "./connection.ts";
import { skipSpace, trimmed } from "./field-lines.ts";
import { failed, fieldOf, framing, word, wordOf } from "./framing.ts";
import {
  AUTHORITY_END,
  AUTHORITY_START,
  CONNECTION,
  EXPECT,
  EXPECT_CONTINUE,
  FLAGS,
  FRAMING,
  FRAMING_CLOSE,
  FRAMING_NONE,
  HEAD_END,
  HOST,
  HOST_DIFFERS,
  KEEP_ALIVE,
  KIND_REQUEST,
  NAMES_UPGRADE,
  SAYS_CLOSE,
  SAYS_KEEP_ALIVE,
  TAKES_TRAILERS,
  TE,
  UPGRADE,
  UPGRADE_FIELD,
  UPGRADE_WEBSOCKET,
  VALUE_END,
  VALUE_START,
  VERSION,
  WORD_CONTINUE,
  WORD_TRAILERS,
  WORD_WEBSOCKET,
} from "./layout.ts";
import { byteAt, find, get, put, slot } from "./memory.ts";

/** Reads what the fields say about the message and its connection; false after an error. */
export function meaning(kind: i32): boolean {
  if (kind === KIND_REQUEST && !requestFields()) return false;
  if (!framing(kind)) return false;
  if (slot(CONNECTION) !== 0 && !connectionOptions()) return false;
  if (slot(TE) !== 0 && listsTrailers(fieldOf(slot(TE)))) raise(TAKES_TRAILERS);
  if (slot(UPGRADE_FIELD) !== 0 && has(NAMES_UPGRADE)) upgrade();
  if (get(FRAMING) === FRAMING_NONE) put(FLAGS, get(FLAGS) & ~EXPECT_CONTINUE);
  keepAlive();
  dropLines();
  return true;
}

function raise(flag: i32): void {
  put(FLAGS, get(FLAGS) | flag);
}

function has(flag: i32): boolean {
  return (get(FLAGS) & flag) !== 0;
}

function requestFields(): boolean {
  if (slot(HOST) !== 0) {
    if (!host(fieldOf(slot(HOST)))) return false;
  } else if (get(VERSION) === 11) return failed(HOST_MISSING, get(HEAD_END) - 2);
  return slot(EXPECT) === 0 || expectation(fieldOf(slot(EXPECT)));
}

function host(field: i32): boolean {
  const start = get(field + VALUE_START);
  const end = get(field + VALUE_END);
  if (!isAuthority(start, end, false)) return failed(HOST_SYNTAX, start);
  const authority = get(AUTHORITY_START);
  const length = get(AUTHORITY_END) - authority;
  if (length !== 0 && (length !== end - start || !sameHost(authority, start, length))) raise(HOST_DIFFERS);
  return true;
}

function sameHost(one: i32, other: i32, length: i32): boolean {
  for (let i = 0; i < length; i++) if (lower(byteAt(one + i)) !== lower(byteAt(other + i))) return false;
  return true;
}

function expectation(field: i32): boolean {
  if (wordOf(field) !== WORD_CONTINUE) return failed(EXPECTATION, get(field + VALUE_START));
  if (get(VERSION) === 11) raise(EXPECT_CONTINUE);
  return true;
}

function listsTrailers(field: i32): boolean {
  const end = get(field + VALUE_END);
  for (let at = get(field + VALUE_START); at < end; ) {
    const comma = find(44, at, end);
    const start = skipSpace(at);
    if (start < comma && word(start, trimmed(start, comma)) === WORD_TRAILERS) return true;
    at = comma + 1;
  }
  return false;
}

function upgrade(): void {
  raise(UPGRADE);
  if (wordOf(fieldOf(slot(UPGRADE_FIELD))) === WORD_WEBSOCKET) raise(UPGRADE_WEBSOCKET);
}

/** RFC 9112 9.3, and no reuse behind a body that only the end of the connection ends. */
function keepAlive(): void {
  if (has(SAYS_CLOSE) || get(FRAMING) === FRAMING_CLOSE) return;
  if (get(VERSION) === 11 || has(SAYS_KEEP_ALIVE)) raise(KEEP_ALIVE);
}
