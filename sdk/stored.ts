/**
 * Whether an attribute was kept, or why not.
 *
 * @example
 * ```ts
 * if (attributes.set("shop.tenant", request.authority()) === Stored.TooLarge) log.warn("tenant name too long");
 * ```
 */
export enum Stored {
  Done = 0,
  /** Not of the form `auth.subject`. */
  BadName = 1,
  TooLarge = 2,
  /** The exchange carries as many attributes as it may. */
  TooMany = 3,
}
