// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { BARE_CR, HEAD_TOO_LARGE, INCOMPLETE, OK, TARGET_TOO_LONG } from "./codes.ts";
import { dropLines } from "./connection.ts";
import { fail } from "./failure.ts";
import { fieldLines } from "./field-lines.ts";
import { DROP_COUNT, ERROR, HEAD_END, KIND_REQUEST, KIND_TRAILERS, OPTION_COUNT, POSITION, VERSION } from "./layout.ts";
import { meaning } from "./meaning.ts";
import { byteAt, clearSlots, get, put, setByte } from "./memory.ts";
import { requestLine } from "./request-line.ts";
import { statusLine } from "./status-line.ts";

/** Reads the head, or the trailer section, at the start of the input; returns `OK`, `INCOMPLETE` or an error's code. */
export function tokenize(kind: i32, length: i32, maxHead: i32, maxTarget: i32, maxFields: i32): i32 {
  // No class of bytes holds NUL: every scan ends here at the latest, and an error from here on means that bytes lack.
  setByte(length, 0);
  for (let i = ERROR; i <= DROP_COUNT; i++) put(i, 0);
  put(OPTION_COUNT, 0);
  clearSlots();
  read(kind, maxTarget, maxFields);
  if (get(ERROR) !== OK && get(POSITION) >= length) {
    if (length < maxHead) put(ERROR, INCOMPLETE);
    else put(ERROR, kind === KIND_REQUEST && get(VERSION) === 0 ? TARGET_TOO_LONG : HEAD_TOO_LARGE);
  }
  return get(ERROR);
}

function read(kind: i32, maxTarget: i32, maxFields: i32): void {
  const first = startLine(kind, maxTarget);
  if (first < 0) return;
  const end = fieldLines(kind, first, maxFields);
  if (end < 0) return;
  put(HEAD_END, end);
  if (kind === KIND_TRAILERS) dropLines();
  else meaning(kind);
}

function startLine(kind: i32, maxTarget: i32): i32 {
  if (kind === KIND_TRAILERS) return 0;
  if (kind !== KIND_REQUEST) return statusLine(0);
  // RFC 9112 2.2: one empty line in front of a request is ignored.
  if (byteAt(0) !== 13) return requestLine(0, maxTarget);
  return byteAt(1) === 10 ? requestLine(2, maxTarget) : fail(BARE_CR, 1);
}
