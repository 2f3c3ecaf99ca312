import type { FieldList } from "../fields.ts";

/**
 * Whether a message says that trailers follow its body (RFC 9110 6.6.2). HTTP/1.1 has no place for them behind a body whose
 * length it tells (RFC 9112 6.3): such a message goes on without the length, and there in chunks. Trailers that nobody
 * announced are dropped there instead, as RFC 9110 6.5.1 lets a recipient do, and the length stays.
 *
 * @param fields as they came, before what is about the connection is gone
 */
export function announcesTrailers(fields: FieldList): boolean {
  return fields.has("trailer");
}
