import { Reply } from "./reply";

/**
 * Begins an answer to the client in place of the backend's.
 *
 * @param status from 200 to 599
 *
 * @example
 * ```ts
 * import { Action, request, respond } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   if (request.method() === "TRACE") return respond(405).header("allow", "GET, POST").empty();
 *   return Action.Next;
 * }
 * ```
 */
export function respond(status: u32): Reply {
  return new Reply(status);
}
