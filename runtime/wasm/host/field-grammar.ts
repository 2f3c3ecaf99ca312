import { SENSITIVE_HEADERS } from "../../sensitive-headers.ts";
import { remembered } from "./remembered.ts";

/** RFC 9110 5.6.2: token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;

/** RFC 9110 5.5: field-value without the obsolete line folding; no white space at either end. */
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** Framing, hop-by-hop and host-owned fields (RFC 9110 7.6.1, 8.6, 10.1.1; RFC 9112 6.1): the proxy's business, never a filter's. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...["content-length", "transfer-encoding", "te", "trailer", "upgrade"],
  ...["connection", "keep-alive", "proxy-connection", "host", "expect"],
]);

/** A name that a filter gave. */
export interface FieldName {
  readonly lowerCase: string;
  /** Why a filter may not edit fields of this name. HTTP/2's pseudo fields are forbidden too. */
  readonly refusal: "forbidden" | "bad-name" | undefined;
  /** Whether a filter may read it only when that was granted. */
  readonly sensitive: boolean;
}

const SENSITIVE: ReadonlySet<string> = new Set(SENSITIVE_HEADERS);

export const fieldName: (name: string) => FieldName = remembered((name) => {
  const lowerCase = name.toLowerCase();
  const forbidden = FORBIDDEN.has(lowerCase) || name.startsWith(":");
  const refusal = forbidden ? "forbidden" : TOKEN.test(name) ? undefined : "bad-name";
  return { lowerCase, refusal, sensitive: SENSITIVE.has(lowerCase) };
});

/** Below this many characters a loop is faster than the expression. */
const SHORT = 32;

export function isFieldValue(value: string): boolean {
  return value.length < SHORT && isPlain(value) ? true : VALUE.test(value);
}

/** Visible ASCII alone; what else a value may hold is left to the expression. */
function isPlain(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}
