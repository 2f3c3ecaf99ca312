/**
 * Whether a body could be changed, or why not.
 *
 * @example
 * ```ts
 * if (body.replace("{}") === BodyEdit.Forbidden) log.warn("there is no body here");
 * ```
 */
export enum BodyEdit {
  Done = 0,
  /** There is no body here: the hook is not about one, or the message has none. */
  Forbidden = 1,
  /** More than may be kept of one body. */
  TooLarge = 2,
}
