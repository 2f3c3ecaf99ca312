/**
 * Whether a header or status could be changed, or why not. Everything but `Done` leaves the message as it was.
 *
 * @example
 * ```ts
 * if (request.setHeader("x-tenant", request.authority()) !== Edit.Done) log.warn("x-tenant was not set");
 * ```
 */
export enum Edit {
  Done = 0,
  /** Not a header name (RFC 9110 5.1), or not a status from 200 to 599. */
  BadName = 1,
  /** The value holds a control character or begins or ends with a space. */
  BadValue = 2,
  /** The field belongs to the proxy: framing, hop-by-hop and forwarding headers. */
  Forbidden = 3,
  /** The message would have too many or too large headers. */
  TooMany = 4,
}
