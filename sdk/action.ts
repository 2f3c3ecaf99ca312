/**
 * What a hook decides.
 *
 * @example
 * ```ts
 * import { Action, request } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   request.set("x-seen", "yes");
 *   return Action.Next;
 * }
 * ```
 */
export enum Action {
  /** Go on to the next filter, then to the backend (or back to the client). */
  Next = 0,
  /** Answer with what {@link respond} prepared; `respond(...)` returns this, so nobody writes it out. */
  Respond = 1,
}
