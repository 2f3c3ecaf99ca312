import * as codes from "./tokenizer/codes.ts";

/** Why a head is refused. `status` is what a client hears; from a backend each of them is a 502. */
export interface HeadError {
  readonly reason: string;
  readonly status: number;
  /** Byte position in the head. */
  readonly position: number;
}

const REFUSALS: ReadonlyMap<number, readonly [reason: string, status: number]> = new Map([
  [codes.METHOD_SYNTAX, ["method_syntax", 400]], // RFC 9112 3.1
  [codes.METHOD_UNKNOWN, ["method_unknown", 501]], // RFC 9110 9.1
  [codes.TARGET_SYNTAX, ["target_syntax", 400]], // RFC 9112 3.2, RFC 3986
  [codes.TARGET_FORM_MISMATCH, ["target_form", 400]], // RFC 9112 3.2.4
  [codes.TARGET_AUTHORITY, ["target_authority", 400]], // RFC 9112 3.2.2, 3.2.3; RFC 9110 4.2
  [codes.TARGET_TOO_LONG, ["target_too_long", 414]], // RFC 9112 3
  [codes.VERSION_SYNTAX, ["version_syntax", 400]], // RFC 9112 2.3
  [codes.VERSION_UNSUPPORTED, ["version_unsupported", 505]], // RFC 9110 15.6.6
  [codes.STATUS_SYNTAX, ["status_syntax", 400]], // RFC 9112 4
  [codes.REASON_SYNTAX, ["reason_syntax", 400]], // RFC 9112 4
  [codes.LINE_END, ["line_end", 400]], // RFC 9112 2.2
  [codes.BARE_CR, ["bare_cr", 400]], // RFC 9112 2.2
  [codes.BARE_LF, ["bare_lf", 400]], // RFC 9112 2.2: MAY recognise, so may refuse
  [codes.NAME_EMPTY, ["name_empty", 400]], // RFC 9112 5
  [codes.NAME_SYNTAX, ["name_syntax", 400]], // RFC 9110 5.1
  [codes.NAME_SPACE, ["name_space", 400]], // RFC 9112 5.1: MUST
  [codes.FOLDED_LINE, ["folded_line", 400]], // RFC 9112 5.2, 2.2
  [codes.VALUE_NUL, ["value_nul", 400]], // RFC 9110 5.5
  [codes.VALUE_CONTROL, ["value_control", 400]], // RFC 9110 5.5
  [codes.HOST_MISSING, ["host_missing", 400]], // RFC 9112 3.2: MUST
  [codes.HOST_REPEATED, ["host_repeated", 400]], // RFC 9112 3.2: MUST
  [codes.HOST_SYNTAX, ["host_syntax", 400]], // RFC 9112 3.2: MUST
  [codes.LENGTH_REPEATED, ["length_repeated", 400]], // RFC 9112 6.3
  [codes.LENGTH_SYNTAX, ["length_syntax", 400]], // RFC 9112 6.3
  [codes.LENGTH_TOO_LARGE, ["length_too_large", 413]], // RFC 9110 8.6
  [codes.LENGTH_AND_CODING, ["length_and_coding", 400]], // RFC 9112 6.1, 6.3
  [codes.CODING_REPEATED, ["coding_repeated", 400]], // RFC 9112 6.1
  [codes.CODING_UNKNOWN, ["coding_unknown", 400]], // RFC 9112 6.1
  [codes.CODING_IN_1_0, ["coding_in_1_0", 400]], // RFC 9112 6.1
  [codes.BODY_NOT_ALLOWED, ["body_not_allowed", 400]], // RFC 9112 6.1, RFC 9110 8.6
  [codes.EXPECTATION, ["expectation", 417]], // RFC 9110 10.1.1
  [codes.CONNECTION_SYNTAX, ["connection_syntax", 400]], // RFC 9110 7.6.1
  [codes.TOO_MANY_OPTIONS, ["too_many_options", 431]], // RFC 9110 5.4
  [codes.TOO_MANY_FIELDS, ["too_many_fields", 431]], // RFC 6585 5
  [codes.HEAD_TOO_LARGE, ["head_too_large", 431]], // RFC 6585 5
]);

export function headError(code: number, position: number): HeadError {
  const [reason, status] = REFUSALS.get(code) ?? ["unknown", 400];
  return { reason, status, position };
}
