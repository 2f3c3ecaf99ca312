import { type HeadLimits, type HeadResult, HeadTable } from "./head-table.ts";
import { sharedTokenizer } from "./shared-tokenizer.ts";
import { KIND_TRAILERS } from "./tokenizer/layout.ts";

const LIMITS: HeadLimits = { headBytes: 8_192, targetBytes: 0, fields: 64 };

/** Reads a trailer section with its empty line (RFC 9112 7.1.2): lines only, whatever their names. */
export function parseTrailers(bytes: Buffer, table: HeadTable = new HeadTable(), limits = LIMITS): HeadResult {
  return table.read(sharedTokenizer(), KIND_TRAILERS, bytes, limits);
}
