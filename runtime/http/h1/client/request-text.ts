import type { OutboundRequest } from "../../outbound.ts";
import { fieldLines } from "../head/field-lines.ts";
import { METHODS } from "../head/well-known.ts";
import { inOnePiece } from "../latin1.ts";

/** RFC 9110 9.1: any token; looked up before it is matched. */
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** How the heads of known methods begin. */
const OPENINGS: ReadonlyMap<string, string> = new Map(METHODS.slice(1).map((method) => [method, `${method} `]));
/** No spaces and nothing outside of ASCII: what could end the line early, or would become another byte. */
const TARGET = /^[\x21-\x7e]+$/;
const AUTHORITY = /^[\x21-\x7e]*$/;

/** The one that passed last, and what stands between the target and the fields with it: most requests name the same. */
let lastAuthority = "";
let middle = middleOf("");

/** Requests with content whose length is told even when it is 0 (RFC 9110 8.6). */
const WITH_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * The head of a request (RFC 9112 3), a character per byte, with its empty line. Undefined where something in it must
 * not go out: the last guard behind filters and configuration.
 */
export function requestText(request: OutboundRequest, hasBody: boolean): string | undefined {
  const { method, target, authority, contentLength } = request;
  const lines = fieldLines(request.fields);
  if (lines === undefined || !TARGET.test(target)) return undefined;
  if (contentLength !== undefined && !(Number.isSafeInteger(contentLength) && contentLength >= 0)) return undefined;
  const opening = OPENINGS.get(method) ?? (METHOD.test(method) ? `${method} ` : undefined);
  if (opening === undefined) return undefined;
  if (authority !== lastAuthority) {
    if (!AUTHORITY.test(authority)) return undefined;
    lastAuthority = authority;
    middle = middleOf(authority);
  }
  return opening + target + middle + lines + endOf(request, hasBody);
}

function middleOf(authority: string): string {
  return inOnePiece(` HTTP/1.1\r\nhost: ${authority}\r\n`);
}

/** The fields of the framing, and the empty line. */
function endOf(request: OutboundRequest, hasBody: boolean): string {
  if (request.upgrade !== undefined) return `connection: upgrade\r\nupgrade: ${request.upgrade}\r\n\r\n`;
  if (!hasBody) return WITH_CONTENT.has(request.method) ? "content-length: 0\r\n\r\n" : "\r\n";
  return request.contentLength === undefined
    ? "transfer-encoding: chunked\r\n\r\n"
    : `content-length: ${request.contentLength}\r\n\r\n`;
}
