import type { FieldList } from "../../fields.ts";
import { fieldLines } from "../head/field-lines.ts";
import { inOnePiece } from "../latin1.ts";
import { REASON_PHRASES } from "../reason-phrases.ts";

const lines: string[] = [];

/** With the reason phrase that the code has in its registry; none for others (RFC 9112 4). */
export function statusLine(status: number): string {
  const known = lines[status];
  if (known !== undefined) return known;
  const line = inOnePiece(`HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? ""}\r\n`);
  if (status >= 100 && status <= 999) lines[status] = line;
  return line;
}

let lastLength = Number.NaN;
let lastLine = "";
let isWhole = false;

/** The `content-length` field. Bodies of one length come in rows: from the second one on it is in one piece. */
export function lengthLine(length: number): string {
  if (length !== lastLength) {
    lastLength = length;
    lastLine = `content-length: ${length}\r\n`;
    isWhole = false;
  } else if (!isWhole) {
    lastLine = inOnePiece(lastLine);
    isWhole = true;
  }
  return lastLine;
}

let second = Number.NaN;
let line = "";

/** The `date` field (RFC 9110 6.6.1), formatted once a second. @param now milliseconds since the epoch */
export function dateLine(now: number): string {
  const whole = Math.floor(now / 1_000);
  if (whole !== second) {
    second = whole;
    line = inOnePiece(`date: ${new Date(whole * 1_000).toUTCString()}\r\n`);
  }
  return line;
}

/** An interim response (RFC 9110 15.2); undefined where a field must not go out. */
export function interimHead(status: number, fields: FieldList | undefined): string | undefined {
  const text = fields === undefined ? "" : fieldLines(fields);
  return text === undefined ? undefined : `${statusLine(status)}${text}\r\n`;
}
