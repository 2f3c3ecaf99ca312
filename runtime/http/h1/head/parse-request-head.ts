import { HEAD_LIMITS, type HeadLimits, type HeadResult, type HeadTable } from "./head-table.ts";
import { sharedTokenizer } from "./shared-tokenizer.ts";
import {
  AUTHORITY_END,
  AUTHORITY_START,
  HOST,
  KIND_REQUEST,
  METHOD,
  QUERY_START,
  TARGET_END,
  TARGET_START,
} from "./tokenizer/layout.ts";
import { METHODS } from "./well-known.ts";

/** Reads the request head (RFC 9112 3, 5, 6) in `bytes` from `start` into `table`. */
export function parseRequestHead(
  bytes: Buffer,
  table: HeadTable,
  limits: HeadLimits = HEAD_LIMITS,
  start?: number,
  end?: number,
): HeadResult {
  return table.read(sharedTokenizer(), KIND_REQUEST, bytes, limits, start, end);
}

export function methodOf(head: HeadTable): string {
  return METHODS[head.at(METHOD)] as string;
}

/** The request target as it came. */
export function targetOf(head: HeadTable): string {
  return head.text(head.at(TARGET_START), head.at(TARGET_END));
}

/** Without `?`; undefined where the target has none. */
export function queryOf(head: HeadTable): string | undefined {
  const start = head.at(QUERY_START);
  const end = head.at(TARGET_END);
  return start === end ? undefined : head.text(start + 1, end);
}

/** The authority of the target, or of the host field where the target names none (RFC 9112 3.2.2). */
export function authorityOf(head: HeadTable): string {
  const start = head.at(AUTHORITY_START);
  const end = head.at(AUTHORITY_END);
  if (end > start) return head.text(start, end);
  const host = head.slot(HOST);
  return host < 0 ? "" : head.valueOf(host);
}
