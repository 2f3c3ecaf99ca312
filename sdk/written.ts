/**
 * Whether a value was stored, or why not.
 *
 * @example
 * ```ts
 * if (store.setText("greeting", "hello", 60000) === Written.Full) log.warn("the store is full");
 * ```
 */
export enum Written {
  Done = 0,
  /** The entry has another version than the expected one. */
  Conflict = 1,
  TooLarge = 2,
  Full = 3,
}
