/**
 * What a JSON value is.
 *
 * @example
 * ```ts
 * const value = json.parse("[1, 2]");
 * if (value !== null && value.kind === JsonKind.List) log.info("a list");
 * ```
 */
export enum JsonKind {
  Null = 0,
  Bool = 1,
  Number = 2,
  Text = 3,
  List = 4,
  Object = 5,
}
