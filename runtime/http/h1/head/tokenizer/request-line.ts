// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { isAuthority } from "./authority.ts";
import {
  METHOD_SYNTAX,
  METHOD_UNKNOWN,
  TARGET_AUTHORITY,
  TARGET_FORM_MISMATCH,
  TARGET_SYNTAX,
  TARGET_TOO_LONG,
} from "./codes.ts";
import { fail } from "./failure.ts";
import {
  AUTHORITY_END,
  AUTHORITY_START,
  FLAGS,
  FORM_ABSOLUTE,
  FORM_ASTERISK,
  FORM_AUTHORITY,
  FORM_ORIGIN,
  MAX_METHOD,
  METHOD,
  METHOD_CONNECT,
  METHOD_OPTIONS,
  PATH_START,
  QUERY_START,
  SECURE_TARGET,
  TARGET_END,
  TARGET_FORM,
  TARGET_START,
} from "./layout.ts";
import { byteAt, find, get, put, skipTarget, skipToken } from "./memory.ts";
import { knownMethod } from "./names.ts";
import { lineEnd, version } from "./start-line.ts";

/** Reads the request line (RFC 9112 3) and returns the position behind it, or -1. */
export function requestLine(at: i32, maxTarget: i32): i32 {
  const methodEnd = skipToken(at);
  if (byteAt(methodEnd) !== 32 || methodEnd === at) return fail(METHOD_SYNTAX, methodEnd);
  const method = methodEnd - at > MAX_METHOD ? 0 : knownMethod(at, methodEnd);
  if (method === 0) return fail(METHOD_UNKNOWN, at);
  put(METHOD, method);
  const start = methodEnd + 1;
  const end = targetEnd(start);
  put(TARGET_START, start);
  put(TARGET_END, end);
  if (end - start > maxTarget) return fail(TARGET_TOO_LONG, start + maxTarget);
  if (byteAt(end) !== 32 || end === start) return fail(TARGET_SYNTAX, end);
  if (!classify(method, start, end)) return -1;
  const versionEnd = version(end + 1);
  return versionEnd < 0 ? -1 : lineEnd(versionEnd);
}

/** The first byte that is not the target's. Browsers leave five characters of a query as they are (WHATWG URL 1.3). */
function targetEnd(start: i32): i32 {
  let end = skipTarget(start);
  if (!isLoose(byteAt(end)) || find(63, start, end) === end) return end;
  while (isLoose(byteAt(end))) end = skipTarget(end + 1);
  return end;
}

/** `^`, a backtick, `{`, `|` and `}`. */
function isLoose(byte: i32): boolean {
  return byte === 94 || byte === 96 || (byte >= 123 && byte <= 125);
}

function classify(method: i32, start: i32, end: i32): boolean {
  put(AUTHORITY_START, start);
  put(AUTHORITY_END, start);
  put(PATH_START, start);
  put(QUERY_START, end);
  if (method === METHOD_CONNECT) return authorityForm(start, end);
  if (byteAt(start) === 47) return originForm(FORM_ORIGIN, start, end);
  if (byteAt(start) === 42 && end - start === 1) return asteriskForm(method, start);
  return absoluteForm(start, end);
}

function originForm(form: i32, path: i32, end: i32): boolean {
  put(TARGET_FORM, form);
  put(PATH_START, path);
  put(QUERY_START, find(63, path, end));
  return true;
}

function authorityForm(start: i32, end: i32): boolean {
  put(TARGET_FORM, FORM_AUTHORITY);
  put(AUTHORITY_END, end);
  put(PATH_START, end);
  if (isAuthority(start, end, true)) return true;
  fail(TARGET_AUTHORITY, start);
  return false;
}

function asteriskForm(method: i32, start: i32): boolean {
  put(TARGET_FORM, FORM_ASTERISK);
  if (method === METHOD_OPTIONS) return true;
  fail(TARGET_FORM_MISMATCH, start);
  return false;
}

function absoluteForm(start: i32, end: i32): boolean {
  const authority = schemeEnd(start);
  if (authority < 0) {
    fail(TARGET_SYNTAX, start);
    return false;
  }
  let authorityEnd = authority;
  while (authorityEnd < end && byteAt(authorityEnd) !== 47 && byteAt(authorityEnd) !== 63) authorityEnd++;
  put(AUTHORITY_START, authority);
  put(AUTHORITY_END, authorityEnd);
  if (isAuthority(authority, authorityEnd, false)) return originForm(FORM_ABSOLUTE, authorityEnd, end);
  fail(TARGET_AUTHORITY, authority);
  return false;
}

/** Behind `http://` or `https://` in any case; -1 for another beginning. */
function schemeEnd(start: i32): i32 {
  const lower = 32;
  const http =
    (byteAt(start) | lower) === 104 &&
    (byteAt(start + 1) | lower) === 116 &&
    (byteAt(start + 2) | lower) === 116 &&
    (byteAt(start + 3) | lower) === 112;
  if (!http) return -1;
  let at = start + 4;
  if ((byteAt(at) | lower) === 115) {
    at++;
    put(FLAGS, get(FLAGS) | SECURE_TARGET);
  }
  return byteAt(at) === 58 && byteAt(at + 1) === 47 && byteAt(at + 2) === 47 ? at + 3 : -1;
}
