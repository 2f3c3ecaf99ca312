/**
 * What a hook decides.
 *
 * @example
 * ```ts
 * import { Action, request } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   request.setHeader("x-seen", "yes");
 *   return Action.Next;
 * }
 * ```
 */
export enum Action {
  /** Go on: to the next filter, then to the backend (or, on the way back, to the client). */
  Next = 0,
  /** Answer with what `respond` prepared. `respond(...)` returns it, so that nobody has to write it out. */
  Respond = 1,
  /** From `onRequest` or `onResponse`: the head waits until the hook for its body has seen all of it. */
  NeedBody = 2,
  /** From `onRequestBody` or `onResponseBody`: keep this piece, and show it again in front of the next one. */
  // biome-ignore lint/suspicious/noDuplicateEnumValues: both hold what the hook was about
  NeedMore = 2,
}
