import { REASON_PHRASES } from "../reason-phrases.ts";
import { dateLine, statusLine } from "./response-head.ts";

/**
 * The response to a message that is refused, in the fewest bytes; its connection ends with it.
 * @param now milliseconds since the epoch. @param more further field lines, each with its CRLF
 */
export function refusalText(status: number, now: number, toHead: boolean, more: string): string {
  const body = JSON.stringify({ error: (REASON_PHRASES[status] ?? "error").toLowerCase(), code: status });
  return (
    `${statusLine(status)}content-type: application/json\r\ncontent-length: ${body.length}\r\n` +
    `${dateLine(now)}${more}connection: close\r\n\r\n${toHead ? "" : body}`
  );
}
