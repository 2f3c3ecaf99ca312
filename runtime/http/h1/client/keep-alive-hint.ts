import type { HeadTable } from "../head/head-table.ts";
import { KEEP_ALIVE_FIELD } from "../head/tokenizer/layout.ts";

const TIMEOUT = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,6})/i;
/** A request is on its way for so long at most before the endpoint has seen it. */
const MARGIN = 1_000;

/** How long a connection may be idle by the word of its endpoint, in milliseconds with a margin; undefined without one. */
export function idleTimeOf(head: HeadTable): number | undefined {
  const field = head.slot(KEEP_ALIVE_FIELD);
  if (field < 0) return undefined;
  const seconds = TIMEOUT.exec(head.valueOf(field))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000 - MARGIN;
}
