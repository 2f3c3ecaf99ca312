import type { HeadLimits, HeadResult, HeadTable } from "./head-table.ts";
import { sharedTokenizer } from "./shared-tokenizer.ts";
import { KIND_HEAD_RESPONSE, KIND_RESPONSE, METHOD, TARGET_END, TARGET_START } from "./tokenizer/layout.ts";

export const RESPONSE_LIMITS: HeadLimits = { headBytes: 65_536, targetBytes: 0, fields: 250 };

/**
 * Reads the response head (RFC 9112 4, 5, 6) in `bytes` from `start` into `table`.
 *
 * @param toHead whether it answers HEAD. @param whole decodes what follows the head as well
 */
export function parseResponseHead(
  bytes: Buffer,
  table: HeadTable,
  toHead: boolean = false,
  limits: HeadLimits = RESPONSE_LIMITS,
  start?: number,
  end?: number,
  whole?: boolean,
): HeadResult {
  return table.read(sharedTokenizer(), toHead ? KIND_HEAD_RESPONSE : KIND_RESPONSE, bytes, limits, start, end, whole);
}

export function statusOf(head: HeadTable): number {
  return head.at(METHOD);
}

export function reasonOf(head: HeadTable): string {
  return head.text(head.at(TARGET_START), head.at(TARGET_END));
}
