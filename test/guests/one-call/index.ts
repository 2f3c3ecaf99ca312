import { Action, http, request } from "heddle/sdk";

export function onRequest(): Action {
  if (request.headerEquals("x-call", "no")) return Action.Next;
  return http.get("shop/users:80", "/users/7").failed ? Action.Respond : Action.Next;
}
