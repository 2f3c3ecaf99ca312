import { Action, request } from "heddle/sdk";
export function onRequest(): Action {
  const key = request.header("x-api-key");
  if (key !== null) request.setHeader("x-seen", key);
  return Action.Next;
}
