/**
 * Why a call gave no response.
 *
 * @example
 * ```ts
 * const answer = http.get("shop/users:80", "/users/7");
 * if (answer.failed && answer.error === HttpError.Timeout) log.warn("users is slow");
 * ```
 */
export enum HttpError {
  /** Not a backend that the Plugin document grants. */
  UnknownBackend = 0,
  /** The method, the target, a header or the body's size is none. */
  BadRequest = 1,
  /** `configure` and `onLog` cannot wait. */
  NotHere = 2,
  /** The exchange's share of calls is used up. */
  TooMany = 3,
  /** The exchange has ended; nothing that the hook does now is seen. */
  Cancelled = 4,
  Unreachable = 5,
  Timeout = 6,
  /** The response is larger than the plugin may take. */
  TooLarge = 7,
  /** What came back was no HTTP. */
  Broken = 8,
  /** The backend has as much to do as it may have. */
  Overflow = 9,
}
