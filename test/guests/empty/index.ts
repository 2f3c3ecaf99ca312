import { Action } from "heddle/sdk";

export function onRequest(): Action {
  return Action.Next;
}
