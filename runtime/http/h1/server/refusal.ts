import { REASON_PHRASES } from "../reason-phrases.ts";
import { dateLine, statusLine } from "./response-head.ts";

/** Other mistakes in a body are answered with 400. */
const STATUS_OF_FAULT: Readonly<Record<string, number>> = {
  chunk_size_too_large: 413,
  chunk_extension_too_large: 413,
  trailers_too_large: 431,
  trailer_too_many_fields: 431,
};

/** @param fault why a body broke the protocol */
export function statusOfFault(fault: string): number {
  return STATUS_OF_FAULT[fault] ?? 400;
}

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
